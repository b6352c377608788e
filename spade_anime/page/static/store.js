// The work of this browser, kept over a reload: the drawing in runs of one class, and what was chosen.

const KEY = 'spade-anime-page';

export function keep(work) {
  try {
    localStorage.setItem(KEY, JSON.stringify({...work, map: runs(work.map)}));
    return true;
  } catch {
    return false;  // private windows, or no room left
  }
}

export function kept() {
  try {
    const work = JSON.parse(localStorage.getItem(KEY));
    return work && {...work, map: Uint8Array.from(work.map.flatMap(([value, count]) => Array(count).fill(value)))};
  } catch {
    return null;
  }
}

function runs(map) {
  const found = [];
  for (let start = 0, end = 0; start < map.length; start = end) {
    while (end < map.length && map[end] === map[start]) end++;
    found.push([map[start], end - start]);
  }
  return found;
}
