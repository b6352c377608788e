// Keys that work wherever the focus is, but for where a text is written.

const TOOLS = {b: 'brush', e: 'erase', l: 'line', g: 'fill', v: 'move', i: 'pick', c: 'color', d: 'gradient'};

/** act: what each key does, by name. */
export function listen(act) {
  document.addEventListener('keydown', (event) => pressed(event, act));
  document.addEventListener('keyup', (event) => { if (event.key === ' ') act.pan(false); });
}

function pressed(event, act) {
  const {target, key} = event, letter = key.toLowerCase();
  if (target.matches('input[type=text], dialog *')) return;
  const done = event.ctrlKey || event.metaKey ? withControl(letter, event.shiftKey, act) : !event.altKey && alone(letter, target, act);
  if (done) event.preventDefault();
}

function withControl(letter, shift, act) {
  if (letter === 's') act.save();
  else if (letter === 'z' && act.takesMap()) (shift ? act.redo : act.undo)();
  else if (letter === 'y' && act.takesMap()) act.redo();
  else if (letter === 'enter' && act.takesMap()) act.next();
  else return false;
  return true;
}

function alone(letter, target, act) {
  if (letter === 'r') act.dice();
  else if (letter === '?') act.help();
  else if (['pageup', 'pagedown'].includes(letter)) act.leaf(letter === 'pageup' ? -1 : 1);
  else return act.takesMap() && !target.matches('select') && drawing(letter, target, act);
  return true;
}

function drawing(letter, target, act) {
  const simple = {m: act.mirror, 0: act.fit, delete: act.clear}[letter];
  if (simple) simple();
  else if (TOOLS[letter]) act.tool(TOOLS[letter]);
  else if (/^[1-9]$/.test(letter)) act.value(Number(letter) - 1);
  else if ('[]'.includes(letter)) act.size(letter === '[' ? 0.85 : 1.18);
  else if ('+=-'.includes(letter)) act.zoom(letter === '-' ? 0.8 : 1.25);
  else if (letter === ' ' && target === document.body) act.pan(true);
  else return false;
  return true;
}
