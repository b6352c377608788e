// The work of this browser, kept over a reload: the drawing in runs of one class, its colours, and what was chosen.
import {bytes, text} from './api.js';

const KEY = 'spade-anime-page';

export function keep(work) {
  try {
    const paint = work.paint && {rgba: text(work.paint.rgba), owner: runs(work.paint.owner)};
    localStorage.setItem(KEY, JSON.stringify({...work, map: runs(work.map), paint}));
    return true;
  } catch {
    return false;  // private windows, or no room left
  }
}

export function kept() {
  try {
    const work = JSON.parse(localStorage.getItem(KEY));
    return work && {...work, map: filled(work.map), paint: work.paint ? {rgba: bytes(work.paint.rgba), owner: filled(work.paint.owner)} : null};
  } catch {
    return null;
  }
}

const filled = (found) => Uint8Array.from(found.flatMap(([value, count]) => Array(count).fill(value)));

function runs(map) {
  const found = [];
  for (let start = 0, end = 0; start < map.length; start = end) {
    while (end < map.length && map[end] === map[start]) end++;
    found.push([map[start], end - start]);
  }
  return found;
}
