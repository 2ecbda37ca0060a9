/** What the page may load and run: its own files only. The server sends it, and the build writes it into the page. */

const DIRECTIVES = {
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  "img-src": "'self' blob: data:",
  "connect-src": "'self' data:", // zstddec fetches its WebAssembly module from a data: URL
  "worker-src": "'self'",
  "font-src": "'none'",
  "base-uri": "'none'",
  "form-action": "'none'",
};

type Directives = Partial<Record<keyof typeof DIRECTIVES | "frame-ancestors", string>>;

/** The value of a Content-Security-Policy header or meta element; `changes` replaces and adds directives. */
export function contentSecurityPolicy(changes: Directives = {}): string {
  return policyOf({ ...DIRECTIVES, ...changes });
}

/** The value for these directives and no others. */
export function policyOf(directives: Readonly<Record<string, string>>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join("; ");
}
