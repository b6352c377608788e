// Short ways to the page's elements.

export const byId = (id) => document.getElementById(id);

/** An element with properties, attributes (in `with`), and children. */
export function make(tag, properties = {}, ...children) {
  const {with: attributes = {}, ...others} = properties, element = document.createElement(tag);
  Object.assign(element, others);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Those of the buttons that is chosen says so to everyone. */
export function choose(buttons, chosen) {
  for (const button of buttons) button.setAttribute('aria-pressed', String(button === chosen));
}

let quiet = 0;

/** A line at the lower edge, which goes by itself; read aloud. */
export function tell(text, wrong = false) {
  const line = byId('told');
  line.textContent = text;
  line.className = wrong ? 'told wrong shown' : 'told shown';
  clearTimeout(quiet);
  quiet = setTimeout(() => { line.className = 'told'; }, wrong ? 8000 : 3500);
}

export function download(blob, name) {
  const link = make('a', {href: URL.createObjectURL(blob), download: name});
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}
