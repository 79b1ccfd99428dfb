// Evaluated in the page: the contrast (WCAG 2.1, 1.4.3) of every text with what lies behind it.
(() => {
  const channels = (css) => (css.match(/[\d.]+/g) ?? []).map(Number);
  const over = (top, below) => {
    const alpha = top[3] ?? 1;
    return [0, 1, 2].map((i) => top[i] * alpha + below[i] * (1 - alpha));
  };
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) => {
      const share = value / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    if (element === null) return [255, 255, 255];
    const own = channels(getComputedStyle(element).backgroundColor);
    return over(own, own[3] === undefined ? own : backgroundOf(element.parentElement));
  };
  const hasOwnText = (element) =>
    element.getClientRects().length > 0 &&
    [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
  return [...document.querySelectorAll('body *')].filter(hasOwnText).map((element) => {
    const background = backgroundOf(element);
    const ink = over(channels(getComputedStyle(element).color), background);
    const [low, high] = [luminance(ink), luminance(background)].sort((a, b) => a - b);
    return { text: element.textContent, ratio: (high + 0.05) / (low + 0.05) };
  });
})();
