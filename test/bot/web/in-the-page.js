/** What tests of the page look at inside the browser: read as text and evaluated there. */

/** Until the first message is finished: how many looks at it were shown, and every height its box had. */
export function watchDeveloping() {
  return new Promise((resolve) => {
    const looks = new Set();
    const heights = new Set();
    const watch = setInterval(() => {
      const message = document.querySelector('li[data-id]');
      const tray = message?.querySelector('.develop');
      if (tray) heights.add(Math.round(tray.getBoundingClientRect().height));
      for (const image of document.querySelectorAll('img[src^="data:image/webp"]')) looks.add(image.src);
      if (message?.dataset.state !== 'finished') return;
      clearInterval(watch);
      resolve({ looks: looks.size, heights: [...heights] });
    }, 10);
  });
}

/** The first text field and its label, and whatever has no accessible name. */
export function findNames() {
  const field = document.querySelector('textarea, input:not([type=hidden]):not([type=file])');
  const nameOf = (element) => {
    const labels = element.getAttribute('aria-labelledby');
    return (
      element.getAttribute('aria-label') ??
      element.getAttribute('alt') ??
      (labels ? document.getElementById(labels)?.textContent : element.textContent)
    );
  };
  const nameless = [...document.querySelectorAll('button, a[href], img, li[data-id], select')]
    .filter((element) => element.checkVisibility() && !element.closest('[aria-hidden=true]'))
    .filter((element) => !nameOf(element)?.trim())
    .map((element) => element.outerHTML.slice(0, 120));
  return { first: field?.id, label: document.querySelector('label[for=prompt]')?.textContent, nameless };
}

export function sticksOut() {
  return document.documentElement.scrollWidth - window.innerWidth;
}

/** Texts in the page whose contrast with what is behind them is under 4.5 (WCAG 2 AA). Runs in the browser. */
export function faintTexts() {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const parse = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const luminance = (rgb) => {
    const [r = 0, g = 0, b = 0] = rgb.map((byte) => {
      const part = byte / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3]));
  const behind = (element) => {
    if (element === null) return [255, 255, 255];
    const colour = parse(getComputedStyle(element).backgroundColor);
    return colour[3] >= 1 ? colour.slice(0, 3) : over(colour, behind(element.parentElement));
  };
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].find((node) => node.nodeType === 3 && node.textContent?.trim());
    if (text === undefined || !element.checkVisibility() || element.closest('.hidden, .skip, :disabled'))
      continue;
    const back = behind(element);
    const front = over(parse(getComputedStyle(element).color), back);
    const [light = 0, dark = 0] = [luminance(front), luminance(back)].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) faint.push(`${contrast.toFixed(2)} ${text.textContent?.trim().slice(0, 40)}`);
  }
  return [...new Set(faint)];
}

/** A stroke of a pen on the editor's stage, as the browser tells of one: its driver has no call for it. */
export function drawWithPen({ points, buttons }) {
  const stage = document.querySelector('.mask-stage');
  // A pen that is not there cannot be captured.
  stage.setPointerCapture = () => {};
  const types = ['pointerdown', ...points.slice(1).map(() => 'pointermove'), 'pointerup'];
  for (const [i, type] of types.entries()) {
    const { x, y } = points[Math.min(i, points.length - 1)];
    const held = type === 'pointerup' ? 0 : buttons;
    const init = { pointerType: 'pen', pointerId: 77, clientX: x, clientY: y, bubbles: true, button: 5 };
    stage.dispatchEvent(new PointerEvent(type, { ...init, buttons: held }));
  }
}
