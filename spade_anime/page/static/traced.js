// The picture that is traced, kept over a reload. It is larger than what local storage holds.
const NAME = 'spade-anime-page', TRACED = 'traced';

export const keepTraced = (traced) => inStore('readwrite', (store) => store.put(traced, TRACED));

/** What was kept last; undefined: nothing was. */
export const keptTraced = () => inStore('readonly', (store) => store.get(TRACED));

export const forgetTraced = () => inStore('readwrite', (store) => store.delete(TRACED));

/** A promise of what a request to the browser's data base gives. */
function inStore(mode, request) {
  return new Promise((done, failed) => {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(TRACED);
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const work = opening.result.transaction(TRACED, mode), asked = request(work.objectStore(TRACED));
      work.oncomplete = () => { opening.result.close(); done(asked.result); };
      work.onabort = () => { opening.result.close(); failed(work.error); };  // also where there is no room left
    };
  });
}
