"""The lineage's networks in plain PyTorch, to be timed side by side: same layers, same losses, same parameters.

ngf = ndf = 64, spade_ch = 32, 4 classes, 3 colour channels, 256 x 256 unless told otherwise.
"""
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.parametrizations import spectral_norm as sn

LEAK = 0.2


def act(x):
    return F.leaky_relu(x, LEAK)


class Noise(nn.Module):
    def __init__(self, ch):
        super().__init__()
        self.gamma = nn.Parameter(torch.zeros(1, ch, 1, 1))

    def forward(self, x):
        n, _, h, w = x.shape
        return x + self.gamma * torch.randn(n, 1, h, w, device=x.device, dtype=x.dtype)


class Spade(nn.Module):
    def __init__(self, ch, hidden, corners):
        super().__init__()
        self.corners = corners
        self.norm = nn.BatchNorm2d(ch, affine=False, eps=2e-5)
        self.gamma = nn.Conv2d(hidden, ch, 3, padding=1)
        self.beta = nn.Conv2d(hidden, ch, 3, padding=1)

    def forward(self, x, m):
        m = F.interpolate(m, x.shape[2:], mode='bilinear', align_corners=self.corners)
        return self.norm(x) * (1 + self.gamma(m)) + self.beta(m)


class SpadeBlock(nn.Module):
    def __init__(self, cin, cout, hidden, corners):
        super().__init__()
        self.n1, self.s1 = Noise(cin), Spade(cin, hidden, corners)
        self.c1 = sn(nn.Conv2d(cin, cout, 3, padding=1))
        self.n2, self.s2 = Noise(cout), Spade(cout, hidden, corners)
        self.c2 = sn(nn.Conv2d(cout, cout, 3, padding=1))
        self.short = cin != cout
        if self.short:
            self.n0, self.s0 = Noise(cin), Spade(cin, hidden, corners)
            self.c0 = sn(nn.Conv2d(cin, cout, 1, bias=False))

    def forward(self, x, m, m2=None):
        r = self.c0(act(self.s0(self.n0(x), m))) if self.short else x
        h = self.c1(act(self.s1(self.n1(x), m if m2 is None else m2)))
        h = self.c2(act(self.s2(self.n2(h), m)))
        return h + r


def mapping(cin, ch):
    return nn.Sequential(
        nn.Conv2d(cin, ch // 8, 3, padding=1), nn.LeakyReLU(LEAK),
        nn.Conv2d(ch // 8, ch // 4, 3, padding=1), nn.LeakyReLU(LEAK),
        nn.Conv2d(ch // 4, ch // 2, 3, padding=2, dilation=2), nn.LeakyReLU(LEAK),
        nn.Conv2d(ch // 2, ch, 3, padding=4, dilation=4), nn.LeakyReLU(LEAK))


class Generator(nn.Module):
    """``start``: the size that it doubles; ``colour_blocks``: how many of the last blocks read the colours.

    ``corners``: interpolate with aligned corners, as the lineage.
    """

    def __init__(self, ngf=64, hidden=32, classes=4, colours=3, size=256, start=None, colour_blocks=2, corners=True):
        super().__init__()
        self.start, self.corners = start or size // 64, corners
        self.w1, self.w2 = mapping(classes, hidden), mapping(colours, hidden)
        self.head = sn(nn.Conv2d(classes, ngf * 8, 3, padding=1))
        last = [(8, 4), (4, 2), (2, 1), (1, .5)]
        dims = [(8, 8)] * ((size // self.start).bit_length() - len(last)) + last
        self.blocks = nn.ModuleList(
            SpadeBlock(int(ngf * a), int(ngf * b), hidden, corners) for a, b in dims)
        self.first_coloured = len(dims) - colour_blocks
        self.to_img = nn.Conv2d(ngf // 2, 3, 3, padding=1)

    def forward(self, label, colour):
        w1, w2 = self.w1(label), self.w2(colour)
        # Half-pixel bilinear sampling would miss small parts of the label: the project takes means there.
        h = F.interpolate(label, (self.start,) * 2, mode='bilinear', align_corners=True) if self.corners else \
            F.adaptive_avg_pool2d(label, self.start)
        h = self.head(h)
        for i, block in enumerate(self.blocks):
            h = block(h, w1, w2 if i >= self.first_coloured else None)
            if i < len(self.blocks) - 1:
                h = F.interpolate(h, scale_factor=2, mode='bilinear', align_corners=self.corners)
        return torch.tanh(self.to_img(act(h)))


class SelfAttention(nn.Module):
    def __init__(self, ch, div=8):
        super().__init__()
        self.f, self.g, self.h = (sn(nn.Conv2d(ch, ch // div, 1)) for _ in range(3))
        self.v = sn(nn.Conv2d(ch // div, ch, 1))
        self.gamma = nn.Parameter(torch.zeros(1))

    def forward(self, x):
        b, c, h, w = x.shape
        q, k, v = (m(x).flatten(2) for m in (self.f, self.g, self.h))
        a = torch.softmax(q.transpose(1, 2) @ k, dim=1)
        return x + self.gamma * self.v((v @ a).view(b, -1, h, w))


class ResBlock(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.n1, self.c1 = nn.BatchNorm2d(cin, eps=2e-5), sn(nn.Conv2d(cin, cout, 3, padding=1))
        self.n2, self.c2 = nn.BatchNorm2d(cout, eps=2e-5), sn(nn.Conv2d(cout, cout, 3, padding=1))
        self.n0, self.c0 = nn.BatchNorm2d(cin, eps=2e-5), sn(nn.Conv2d(cin, cout, 3, padding=1))

    def forward(self, x):
        r = self.c0(act(self.n0(x)))
        h = self.c1(act(act(self.n1(x))))
        return self.c2(act(self.n2(h))) + r


class Discriminator(nn.Module):
    def __init__(self, ndf=64, cin=10):
        super().__init__()
        c = lambda i, o, s: sn(nn.Conv2d(i, o, 4, stride=s, padding=1))
        self.c1 = c(cin, ndf, 2)
        self.c2, self.n2 = c(ndf, ndf * 2, 2), nn.BatchNorm2d(ndf * 2, eps=2e-5)
        self.c3, self.n3 = c(ndf * 2, ndf * 4, 2), nn.BatchNorm2d(ndf * 4, eps=2e-5)
        self.att = SelfAttention(ndf * 4)
        self.c4, self.n4 = c(ndf * 4, ndf * 8, 1), nn.BatchNorm2d(ndf * 8, eps=2e-5)
        self.head = c(ndf * 8, ndf * 8, 1)
        self.res = nn.Sequential(ResBlock(ndf * 8, ndf * 4), ResBlock(ndf * 4, ndf * 2), ResBlock(ndf * 2, ndf))
        self.out = sn(nn.Conv2d(ndf, 1, 3, padding=1))

    def forward(self, label, image, colour):
        f1 = act(self.c1(torch.cat([label, image, colour], 1)))
        f2 = act(self.n2(self.c2(f1)))
        f3 = act(self.n3(self.att(self.c3(f2))))
        f4 = act(self.n4(self.c4(f3)))
        f5 = act(self.res(self.head(f4)))
        return self.out(f5), [f1, f2, f3, f4, f5]


def half(scaler, like):
    """Autocast to float16 where a scaler of losses is given, on the device of a tensor."""
    return torch.autocast(like.device.type, torch.float16, enabled=scaler is not None)


def scaled(scaler, loss):
    return scaler.scale(loss) if scaler else loss


def step(opt, scaler, loss):
    opt.zero_grad(set_to_none=True)
    scaled(scaler, loss).backward()
    if scaler:
        scaler.step(opt)
        scaler.update()
    else:
        opt.step()


def d_step(gen, dis, opt, label, image, colour, gp_coef=10., scaler=None):
    image = image.detach().requires_grad_()
    with torch.no_grad(), half(scaler, image):
        fake = gen(label, colour)
    with half(scaler, image):
        real_d, fake_d = dis(label, image, colour)[0].float(), dis(label, fake, colour)[0].float()
    # In half precision the inner gradient is scaled too, as PyTorch's notes on penalties have it.
    g, = torch.autograd.grad(scaled(scaler, real_d.mean((1, 2, 3)).sum()), image, create_graph=True)
    if scaler:
        g = g * (1 / scaler.get_scale())
    gp = (gp_coef * g.float().sum((1, 2, 3)) ** 2).mean()
    loss = .5 * (F.relu(1 - real_d).mean() + F.relu(1 + fake_d).mean()) + .5 * gp
    step(opt, scaler, loss)
    return loss


def g_step(gen, dis, opt, label, image, colour, fm_coef=10., scaler=None, frozen=True):
    """``frozen``: no gradients of the discriminator's weights, which nothing uses, as in the other side."""
    dis.requires_grad_(not frozen)
    with torch.no_grad(), half(scaler, image):
        _, real_fm = dis(label, image, colour)
    with half(scaler, image):
        fake = gen(label, colour)
        fake_d, fake_fm = dis(label, fake, colour)
    loss = -fake_d.float().mean()
    loss = loss + sum(fm_coef * F.l1_loss(f.float(), r.float()) for r, f in zip(real_fm, fake_fm)) / len(real_fm)
    step(opt, scaler, loss)
    dis.requires_grad_(True)
    return loss


def tiny_d_step(dis, opt, real, fake, penalty):
    """``real`` and ``fake``: (label, image, colour), the fake painted before; ``penalty``: weight of R1, or 0."""
    label, image, colour = real
    image = image.detach().requires_grad_(bool(penalty))
    real_d, fake_d = dis(label, image, colour)[0], dis(*fake)[0]
    loss = .5 * (F.relu(1 - real_d).mean() + F.relu(1 + fake_d).mean())
    if penalty:
        g, = torch.autograd.grad(real_d.mean((1, 2, 3)).sum(), image, create_graph=True)
        loss = loss + penalty * (g ** 2).sum((1, 2, 3)).mean()
    step(opt, None, loss)


def tiny_g_step(gen, dis, opt, real, fm_coef=10., l1_coef=10.):
    """Returns the image that was painted; the discriminator is frozen."""
    label, image, colour = real
    dis.requires_grad_(False)
    with torch.no_grad():
        real_fm = dis(label, image, colour)[1]
    fake = gen(label, colour)
    fake_d, fake_fm = dis(label, fake, colour)
    loss = -fake_d.mean() + sum(fm_coef * F.l1_loss(f, r) for r, f in zip(real_fm, fake_fm)) / len(real_fm)
    step(opt, None, loss + l1_coef * F.l1_loss(fake, image))
    dis.requires_grad_(True)
    return fake.detach()
