// What a page must do before, or without, its connection to the server: the theme, copying, and logs that stay at their end.
(() => {
  const key = 'trireme-theme';
  const root = document.documentElement;
  const remembered = localStorage.getItem(key);
  if (remembered === 'dark' || remembered === 'light') root.dataset.theme = remembered;

  document.addEventListener('click', event => {
    const toggle = event.target.closest('[data-theme-toggle]');
    if (toggle) {
      const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
      root.dataset.theme = dark ? 'light' : 'dark';
      localStorage.setItem(key, root.dataset.theme);
    }

    const copy = event.target.closest('[data-copy]');
    if (copy) {
      navigator.clipboard?.writeText(document.getElementById(copy.dataset.copy).innerText).then(() => {
        const words = copy.innerText;
        copy.innerText = 'Copied';
        setTimeout(() => { copy.innerText = words; }, 1500);
      });
    }
  });

  // A log that is read at its end stays there when lines come; one that was scrolled back stays where it is.
  const pinned = new WeakMap();
  document.addEventListener('scroll', event => {
    const log = event.target;
    if (log instanceof Element && log.matches('[data-follow]')) {
      pinned.set(log, log.scrollHeight - log.scrollTop - log.clientHeight < 8);
    }
  }, true);
  new MutationObserver(() => {
    for (const log of document.querySelectorAll('[data-follow]')) {
      if (pinned.get(log) !== false) log.scrollTop = log.scrollHeight;
    }
  }).observe(root, { childList: true, subtree: true });
})();
