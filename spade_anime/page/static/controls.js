// What a generator takes besides a label map: one control each, by its kind. None asks which system it is.
import {choose, make} from './dom.js';

/** The controls of a generator. changed(): a value is another; values(): what the server takes, by key. */
export class Controls {
  constructor(place, changed) {
    Object.assign(this, {place, changed, all: [], picking: null});
  }

  show(controls, swatches, values = {}) {
    this.all = controls.filter((control) => KINDS[control.kind]).map((control) => KINDS[control.kind](control, swatches, this));
    this.all.forEach((one) => { if (one.control.key in values) one.set(values[one.control.key]); });
    this.place.replaceChildren(...this.all.map((one) => one.element));
    this.place.hidden = !this.all.length;
  }

  values() {
    return Object.fromEntries(this.all.map((one) => [one.control.key, one.get()]).filter(([, value]) => value !== null));
  }

  /** A colour from the picture or the one below the drawing, for the control whose pipette is in hand. */
  pick(color) {
    if (!this.picking) return false;
    this.picking.set(color);
    this.picking.pipette.setAttribute('aria-pressed', 'false');
    this.picking = null;
    this.changed();
    return true;
  }
}

function colorControl(control, swatches, owner) {
  let value = null;
  const input = make('input', {type: 'color', value: '#808080', with: {'aria-label': `colour of ${control.title}`}});
  const open = make('button', {type: 'button', className: 'open', textContent: control.open || 'any', title: control.openTitle || 'leave it to the generator'});
  const chips = swatches.map(({name, color}) => {
    const chip = make('button', {type: 'button', className: 'swatch', title: name, with: {'aria-label': `${control.title}: ${name}`}});
    chip.style.background = color;
    chip.addEventListener('click', () => change(color));
    return Object.assign(chip, {color});
  });
  const pipette = make('button', {type: 'button', className: 'pipette', title: 'take a colour from the picture, or from the drawing below',
    with: {'aria-label': `pipette for ${control.title}`, 'aria-pressed': 'false'}});
  pipette.append(icon('pipette'));
  const one = {control, pipette, get: () => value, set, element: make('fieldset', {className: 'control color'},
    make('legend', {textContent: control.title}), make('div', {className: 'row'}, make('label', {className: 'well'}, input), pipette, open,
      make('span', {className: 'swatches'}, ...chips)))};

  function set(color) {
    value = color;
    if (color) input.value = color;
    one.element.classList.toggle('left-open', !color);
    choose([open, ...chips], color ? chips.find((chip) => chip.color === color) : open);
  }

  function change(color) {
    set(color);
    owner.changed();
  }

  input.addEventListener('input', () => change(input.value));
  open.addEventListener('click', () => change(null));
  pipette.addEventListener('click', () => {
    owner.all.forEach((other) => other.pipette && other.pipette.setAttribute('aria-pressed', 'false'));
    owner.picking = owner.picking === one ? null : one;
    pipette.setAttribute('aria-pressed', String(owner.picking === one));
  });
  set(null);
  return one;
}

function oneOf(control, _, owner) {
  const select = make('select', {with: {'aria-label': control.title}}, ...control.names.map((name) => make('option', {value: name, textContent: name})));
  select.addEventListener('change', owner.changed);
  return {control, get: () => select.value, set: (value) => { select.value = value; }, element: labelled(control, select)};
}

function someOf(control, _, owner) {
  const chips = control.names.map((name) => {
    const chip = make('button', {type: 'button', className: 'chip', textContent: name.replaceAll('_', ' '), with: {'aria-pressed': 'false'}});
    chip.addEventListener('click', () => {
      chip.setAttribute('aria-pressed', String(chip.getAttribute('aria-pressed') !== 'true'));
      owner.changed();
    });
    return Object.assign(chip, {named: name});
  });
  const get = () => chips.filter((chip) => chip.getAttribute('aria-pressed') === 'true').map((chip) => chip.named);
  const set = (names) => chips.forEach((chip) => chip.setAttribute('aria-pressed', String(names.includes(chip.named))));
  return {control, get, set, element: make('fieldset', {className: 'control'}, make('legend', {textContent: control.title}), make('div', {className: 'chips'}, ...chips))};
}

function words(control, _, owner) {
  const list = make('datalist', {id: `known-${control.key}`}, ...control.names.map((name) => make('option', {value: name})));
  const input = make('input', {type: 'text', maxLength: 500, value: control.optional ? '' : control.names[0] || '', placeholder: control.optional ? 'none' : '', with: {list: list.id, 'aria-label': control.title}});
  input.addEventListener('input', owner.changed);
  return {control, get: () => input.value, set: (value) => { input.value = value; }, element: labelled(control, input, list)};
}

function number(control, _, owner) {
  const whole = Number.isInteger(control.value) && control.high > 1;
  const input = make('input', {type: 'range', min: control.low, max: control.high, step: whole ? 1 : (control.high - control.low) / 100, with: {'aria-label': control.title}});
  const shown = make('output'), set = (value) => { input.value = shown.value = value; };
  set(control.value);
  input.addEventListener('input', () => { set(input.value); owner.changed(); });
  return {control, get: () => Number(input.value), set, element: labelled(control, make('div', {className: 'size'}, input, shown))};
}

const labelled = (control, ...inside) => make('fieldset', {className: 'control'}, make('legend', {textContent: control.title}), ...inside);

export function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg'), use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
  use.setAttribute('href', `#icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  svg.append(use);
  return svg;
}

const KINDS = {color: colorControl, one: oneOf, some: someOf, words, number};
