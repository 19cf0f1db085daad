// The one script of the screens. Every page is complete without it; it adds
// comfort: one click is one submit, dialogs, ticking, dropping files, `/`.
import htmx from 'htmx.org';

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const on = (type, handler, options) => document.addEventListener(type, handler, options);
const text = (name) => document.body.dataset[name] || '';

// Controls that only make sense with script are hidden in the markup.
function reveal(root) {
  for (const el of all('[data-print],[data-reveal],[data-copy],[data-dismiss],[data-date] > button', root)) el.hidden = false;
  for (const el of all('[data-focus]', root)) el.focus();
  for (const el of all('.filters-go', root)) el.hidden = true;
  for (const form of all('[data-select]', root)) showTicks(form);
}

// A form is sent once; its button says that it works.
on('submit', (event) => {
  const form = event.target;
  if (!form.dataset.once || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  if (guarded.has(form) && !form.dataset.heard) {
    event.preventDefault();
    askFirst(form, event.submitter);
    return;
  }
  delete form.dataset.heard;
  form.dataset.sent = '1';
  guarded.delete(form);
  const button = event.submitter;
  if (!button) return;
  button.setAttribute('aria-busy', 'true');
  say(form.dataset.once);
  // A disabled button is not sent: wait until the form has been read.
  setTimeout(() => button.classList.add('is-busy'), 0);
});

// What was typed is not sent into the void, where a browser would show its own page and the form
// be gone: first it is asked whether the server hears. Where it does not, the form stays and says so.
async function askFirst(form, button) {
  if (form.dataset.asking) return;
  form.dataset.asking = '1';
  button?.setAttribute('aria-busy', 'true');
  const heard = await reached();
  delete form.dataset.asking;
  button?.removeAttribute('aria-busy');
  if (!heard) {
    toast({ tone: 'bad', text: text('lost') });
    return;
  }
  form.dataset.heard = '1';
  form.requestSubmit(button);
}
async function reached() {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), 15_000);
  try {
    await fetch('/stay', { cache: 'no-store', signal: stop.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(late);
  }
}

// What was left empty does not stand in the address of a search.
on('formdata', (event) => {
  if (event.target.method !== 'get') return;
  for (const [name, value] of [...event.formData]) if (value === '') event.formData.delete(name);
});
on('htmx:configRequest', (event) => {
  const { verb, parameters } = event.detail;
  if (verb !== 'get') return;
  for (const name of Object.keys(parameters)) if (parameters[name] === '') delete parameters[name];
});

// A page that comes back from the browser's memory can be sent again.
window.addEventListener('pageshow', () => {
  for (const form of all('form[data-sent]')) delete form.dataset.sent;
  for (const button of all('[aria-busy]')) button.removeAttribute('aria-busy');
});

// Unsaved changes are not lost without a question.
const guarded = new Set();
on('input', (event) => {
  const form = event.target.form;
  if (form && 'guard' in form.dataset) guarded.add(form);
});
window.addEventListener('beforeunload', (event) => {
  if (guarded.size === 0) return;
  event.preventDefault();
  event.returnValue = text('leave');
});

// Ticking rows.
function showTicks(form) {
  const boxes = all('tbody .tick input', form);
  const ticked = boxes.filter((b) => b.checked).length;
  const every = form.querySelector('[data-select-all]');
  if (every) {
    every.checked = ticked > 0 && ticked === boxes.length;
    every.indeterminate = ticked > 0 && ticked < boxes.length;
  }
  const said = form.querySelector('[data-selected]');
  if (said) said.textContent = ticked ? `${said.dataset.selected} ${ticked}` : '';
  for (const button of all('.list-bulk .btn', form)) button.disabled = ticked === 0;
}
on('change', (event) => {
  const form = event.target.closest('[data-select]');
  if (!form) return;
  if ('selectAll' in event.target.dataset) {
    for (const box of all('tbody .tick input', form)) box.checked = event.target.checked;
  }
  showTicks(form);
});

// Light and dark, remembered by a cookie that the server reads as well.
on('click', (event) => {
  const choice = event.target.closest('[data-theme-form] button');
  if (!choice) return;
  event.preventDefault();
  const form = choice.form;
  const secure = location.protocol === 'https:' ? ';secure' : '';
  document.cookie = `${form.dataset.cookie}=${choice.value};path=/;max-age=31536000;samesite=lax${secure}`;
  document.documentElement.dataset.bsTheme = choice.value;
  for (const b of all('button', form)) b.setAttribute('aria-pressed', String(b === choice));
});

// `/` jumps to the search, Escape closes menus.
on('keydown', (event) => {
  if (event.key === 'Escape') {
    for (const menu of all('details.pop[open]')) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
    return;
  }
  const typing = event.target.closest('input,textarea,select,[contenteditable]');
  if (event.key !== '/' || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  const search = document.querySelector('[data-slash]') || document.querySelector('.filters input[type=search]');
  if (search) {
    event.preventDefault();
    search.focus();
    search.select();
  }
});
on('click', (event) => {
  for (const menu of all('details.pop[open]')) if (!menu.contains(event.target)) menu.open = false;
});

// A question opens as a dialog instead of in place.
on('click', (event) => {
  const opener = event.target.closest('[data-confirm] > summary');
  if (opener && window.HTMLDialogElement) {
    event.preventDefault();
    ask(opener.parentElement);
  }
  if (event.target.closest('[data-dismiss]')) event.target.closest('dialog')?.close();
});
function ask(details) {
  const body = details.querySelector('.confirm-body');
  const dialog = document.createElement('dialog');
  dialog.className = 'dialog';
  dialog.setAttribute('aria-labelledby', body.querySelector('.confirm-title').id);
  dialog.append(body);
  document.body.append(dialog);
  dialog.addEventListener('close', () => {
    details.append(body);
    dialog.remove();
    details.querySelector('summary').focus();
  });
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.showModal();
}

// Small helpers in place.
on('click', (event) => {
  const target = event.target.closest('button');
  if (!target) return;
  if ('print' in target.dataset) window.print();
  if ('copy' in target.dataset) copy(target);
  if ('reveal' in target.dataset) {
    const input = document.getElementById(target.dataset.reveal);
    const shown = input.type === 'text';
    input.type = shown ? 'password' : 'text';
    target.setAttribute('aria-pressed', String(!shown));
  }
  const date = target.parentElement.closest('[data-date]');
  if (date && date.lastElementChild.showPicker) date.lastElementChild.showPicker();
});
async function copy(button) {
  await navigator.clipboard.writeText(button.dataset.copy);
  say(button.dataset.done);
  button.querySelector('span').textContent = button.dataset.done;
}

// A picked day is written as the language writes days; the sample shows how.
on('change', (event) => {
  const box = event.target.type === 'date' && event.target.closest('[data-date]');
  if (!box || !event.target.value) return;
  const [year, month, day] = event.target.value.split('-');
  const field = box.querySelector('.form-control');
  field.value = box.dataset.date.replace('2006', year).replace('11', month).replace('22', day);
  field.dispatchEvent(new Event('input', { bubbles: true }));
});

// Dropping a file.
for (const type of ['dragover', 'dragleave', 'drop']) {
  on(type, (event) => {
    const zone = event.target.closest('[data-drop]');
    if (!zone) return;
    event.preventDefault();
    zone.classList.toggle('is-over', type === 'dragover');
    if (type !== 'drop' || !event.dataTransfer.files.length) return;
    const input = zone.querySelector('input[type=file]');
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event('change', { bubbles: true }));
  });
}
on('change', (event) => {
  const zone = event.target.type === 'file' && event.target.closest('[data-drop]');
  if (zone) zone.querySelector('.drop-name').textContent = [...event.target.files].map((f) => f.name).join(', ');
});

// Messages that come and go.
const glyphs = { good: 'circle-check', warn: 'alert-triangle', bad: 'alert-circle' };
function say(words) {
  const live = document.createElement('span');
  live.className = 'visually-hidden';
  live.textContent = words;
  const place = document.getElementById('toasts');
  place.append(live);
  setTimeout(() => live.remove(), 4000);
}
function toast({ tone = 'info', text: words }) {
  const sprite = document.querySelector('svg.icon use')?.getAttribute('href')?.split('#')[0];
  const box = document.createElement('div');
  box.className = `alert tone-${tone}`;
  if (sprite) {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('class', 'icon');
    svg.setAttribute('aria-hidden', 'true');
    const use = document.createElementNS('http://www.w3.org/2000/svg', 'use');
    use.setAttribute('href', `${sprite}#${glyphs[tone] || 'info-circle'}`);
    svg.append(use);
    box.append(svg);
  }
  const body = document.createElement('p');
  body.className = 'alert-body';
  body.textContent = words;
  box.append(body);
  document.getElementById('toasts').append(box);
  setTimeout(() => box.remove(), tone === 'bad' ? 15000 : 6000);
}
on('toast', (event) => toast(event.detail));

// An answer that is a whole page without the part asked for (signed out,
// refused) is shown as that page.
on('htmx:beforeSwap', (event) => {
  const { xhr, target, requestConfig } = event.detail;
  const page = /^\s*<!doctype/i.test(xhr.responseText);
  if (!page || !target.id || xhr.responseText.includes(`id="${target.id}"`)) return;
  event.detail.shouldSwap = false;
  if (requestConfig.verb === 'get') location.assign(xhr.responseURL);
  else location.reload();
});
// While something is fetched its place says so; then it has the focus that the link had.
on('htmx:beforeRequest', (event) => event.detail.target.setAttribute('aria-busy', 'true'));
on('htmx:afterRequest', (event) => event.detail.target.removeAttribute('aria-busy'));
on('htmx:afterSettle', (event) => {
  const part = document.getElementById(event.detail.target.id);
  if (!part || (document.activeElement && document.activeElement !== document.body)) return;
  part.tabIndex = -1;
  part.focus({ preventScroll: true });
});
on('htmx:sendError', () => toast({ tone: 'bad', text: text('offline') }));
on('htmx:afterSettle', (event) => reveal(event.target));

// A session ends after a while without use. Typing is use: the server hears of it. Two
// minutes before the end a question comes up; what another window learns counts here too.
const ending = document.getElementById('ending');
if (ending) watch(ending);
function watch(dialog) {
  const warn = 120_000;
  const every = 60_000;
  let heard = Date.now();
  let ends = heard + dialog.dataset.left * 1000;
  let used = false;
  let quiet = ''; // what was said and closed
  let last = false; // asking for more gave no more
  const tell = () => localStorage.setItem('session', String(ends));
  const stay = async () => {
    used = false;
    heard = Date.now();
    try {
      const answer = await fetch('/stay', { cache: 'no-store' });
      if (answer.status === 401) ends = 0;
      if (answer.ok) ends = heard + answer.headers.get('X-Session-Left') * 1000;
      last = answer.ok && ends - Date.now() <= warn;
      tell();
    } catch {
      used = true; // the line is down: asked again
    }
    look();
  };
  const look = () => {
    const left = ends - Date.now();
    const now = left > warn ? '' : left <= 0 ? 'over' : last ? 'last' : 'soon';
    for (const el of all('[data-when]', dialog)) el.hidden = !el.dataset.when.split(' ').includes(now);
    if (now === '' || now === quiet) dialog.close();
    else if (!dialog.open) dialog.showModal();
  };
  const tick = () => {
    if (used && Date.now() - heard > every) stay();
    else look();
  };
  for (const type of ['input', 'keydown']) on(type, () => (used = true));
  on('htmx:afterRequest', () => (used = true)); // the server has heard, the page not how long
  dialog.addEventListener('cancel', () => {
    if (ends > Date.now() && !last) stay();
    else quiet = last ? 'last' : 'over';
  });
  dialog.addEventListener('click', (event) => {
    if (event.target.closest('[data-stay]')) stay();
    if (event.target.closest('[data-dismiss]')) quiet = last ? 'last' : 'over';
  });
  window.addEventListener('storage', (event) => {
    if (event.key !== 'session') return;
    ends = Number(event.newValue);
    quiet = '';
    look();
  });
  tell();
  setInterval(tick, 5000);
  look();
}

// Pages must not be kept by the browser on shared computers.
htmx.config.historyCacheSize = 0;

reveal(document);
// What stands there when a page opens is not read out by itself.
for (const said of all('[data-said]')) setTimeout(() => say(said.textContent.trim()), 500);
