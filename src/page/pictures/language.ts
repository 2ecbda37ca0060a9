/**
 * Imported before uPlot, which makes a formatter for `navigator.language` as soon as it is loaded. That throws, and no
 * picture and no page would be there, where the language is none: Chromium in the POSIX locale has `en-US@posix`.
 */
try {
  new Intl.NumberFormat(navigator.language);
} catch {
  Object.defineProperty(navigator, "language", { value: "en-US", configurable: true });
}
