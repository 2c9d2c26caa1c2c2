/** Light or dark; `theme.js` has applied the choice before anything was drawn. */
import { find, icon } from './elements.js';
import { say } from './say.js';

export function openTheme() {
  const button = find('#theme');
  const root = document.documentElement;
  const system = matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => (root.dataset.theme ?? (system.matches ? 'dark' : 'light')) === 'dark';
  const draw = () => {
    button.replaceChildren(icon(isDark() ? 'sun' : 'moon'));
    button.setAttribute('aria-label', say(isDark() ? 'to_light' : 'to_dark'));
  };
  button.addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    try {
      localStorage.setItem('darkroom.theme', root.dataset.theme);
    } catch {
      // Then it holds until the page is closed.
    }
    draw();
  });
  system.addEventListener('change', draw);
  draw();
}
