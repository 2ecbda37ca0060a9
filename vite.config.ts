/**
 * Builds the page, twice: `vite build` makes the folder dist/lab, for any static host and below any path;
 * `vite build --mode single-file` makes dist/lab.html, which has everything inside and works from file://.
 */
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type UserConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import { contentSecurityPolicy } from "./src/cli/content-security-policy.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

const shared = {
  root: path("src/page"),
  base: "./",
  publicDir: false,
  logLevel: "warn",
  // Traces, which bundlers do not know.
  assetsInclude: ["**/*.lk.gz", "**/*.lk.zst"],
} satisfies UserConfig;

const folder: UserConfig = {
  ...shared,
  plugins: [contentSecurityPolicyElement()],
  worker: { format: "es" },
  build: {
    outDir: path("dist/lab"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // Hosts send *.gz as an encoding of something else, which browsers then undo.
        assetFileNames: ({ names }) =>
          names.some((name) => /\.(gz|zst)$/.test(name))
            ? "assets/[name]-[hash].trace"
            : "assets/[name]-[hash][extname]",
      },
    },
  },
};

const singleFile: UserConfig = {
  ...shared,
  plugins: [viteSingleFile({ outputFileName: "lab.html" }), contentSecurityPolicyElement()],
  // A module worker cannot start from a Blob of a file:// page.
  worker: { format: "iife" },
  resolve: { alias: [{ find: /^.*\/create-worker\.ts$/, replacement: path("src/page/create-worker-inline.ts") }] },
  build: { outDir: path("dist"), emptyOutDir: false },
};

export default defineConfig(({ mode }) => (mode === "single-file" ? singleFile : folder));

/** Writes the policy into the built page. Scripts and styles inside it are allowed by their hashes. */
function contentSecurityPolicyElement(): Plugin {
  return {
    name: "content-security-policy",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== "asset" || !file.fileName.endsWith(".html")) continue;
          const html = String(file.source);
          const inline = { "script-src": hashes(html, "script"), "style-src": hashes(html, "style") };
          const isSingleFile = inline["script-src"] !== "";
          const policy = isSingleFile
            ? contentSecurityPolicy({
                "script-src": `${inline["script-src"]} 'wasm-unsafe-eval'`,
                "style-src": inline["style-src"],
                "worker-src": "blob:",
              })
            : contentSecurityPolicy();
          file.source = html.replace(
            '<meta charset="utf-8">',
            (charset) => `${charset}\n    <meta http-equiv="Content-Security-Policy" content="${policy}">`,
          );
        }
      },
    },
  };
}

function hashes(html: string, element: "script" | "style"): string {
  const inside = html.matchAll(new RegExp(`<${element}\\b(?![^>]*\\bsrc=)[^>]*>(.*?)</${element}>`, "gs"));
  return [...inside].map(([, text = ""]) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`).join(" ");
}
