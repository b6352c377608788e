// Hard shapes on an index map of size x size: every function calls plot(index) for each pixel that it covers.

/** A stroke of round ends from (x0, y0) to (x1, y1), in pixels; a pixel is covered where its centre is within radius. */
export function stroke(size, x0, y0, x1, y1, radius, plot) {
  const dx = x1 - x0, dy = y1 - y0, length = dx * dx + dy * dy;
  const reach = Math.max(radius, 0.5), limit = reach * reach;
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach)), bottom = Math.min(size - 1, Math.ceil(Math.max(y0, y1) + reach));
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach)), right = Math.min(size - 1, Math.ceil(Math.max(x0, x1) + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const px = x + 0.5 - x0, py = y + 0.5 - y0;
      const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0;
      const ex = px - along * dx, ey = py - along * dy;
      if (ex * ex + ey * ey <= limit) plot(y * size + x);
    }
  }
}

/** The connected part (4 neighbours) of one class around a pixel. Runs of a row are walked at once. */
export function connected(map, size, start, plot) {
  const wanted = map[start], seen = new Uint8Array(map.length), waiting = [start];
  const free = (index) => map[index] === wanted && !seen[index];
  while (waiting.length) {
    let index = waiting.pop();
    if (!free(index)) continue;
    const row = index - index % size;
    while (index > row && free(index - 1)) index--;
    let above = false, below = false;
    for (; index < row + size && free(index); index++) {
      seen[index] = 1;
      plot(index);
      const up = index >= size && free(index - size), down = index + size < map.length && free(index + size);
      if (up && !above) waiting.push(index - size);
      if (down && !below) waiting.push(index + size);
      above = up;
      below = down;
    }
  }
}

/** The class that most neighbours of a part have: what is left where the part is taken away. */
export function around(map, size, part) {
  const inside = new Uint8Array(map.length), counts = new Map();
  for (const index of part) inside[index] = 1;
  for (const index of part) {
    const x = index % size;
    const beside = [x > 0 && index - 1, x < size - 1 && index + 1, index >= size && index - size, index + size < map.length && index + size];
    for (const other of beside) {
      if (other !== false && !inside[other]) counts.set(map[other], (counts.get(map[other]) || 0) + 1);
    }
  }
  return [...counts].reduce((best, one) => (one[1] > best[1] ? one : best), [map[part[0]], 0])[0];
}

/** An index map at another size: the class at the centre of each pixel, as the generator's reader scales. */
export function scaled(map, size, to) {
  const result = new Uint8Array(to * to);
  const places = Array.from({length: to}, (_, i) => Math.min(size - 1, Math.floor((i + 0.5) * size / to)));
  for (let y = 0; y < to; y++) {
    for (let x = 0; x < to; x++) result[y * to + x] = map[places[y] * size + places[x]];
  }
  return result;
}
