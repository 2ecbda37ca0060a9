/**
 * Builds the page, twice: `vite build` makes the folder dist/lab, for any static host and below any path;
 * `vite build --mode single-file` makes dist/lab.html, which has everything inside and works from file://.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig, type Plugin, type Rolldown, type UserConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import { contentSecurityPolicy } from "./src/cli/content-security-policy.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Folders of the packages that the page and its worker have code of. */
const packages = new Set<string>();

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
  plugins: [notePackages(), licenses("file"), contentSecurityPolicyElement()],
  worker: { format: "es", plugins: () => [notePackages()] },
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
  plugins: [
    notePackages(),
    viteSingleFile({ outputFileName: "lab.html" }),
    licenses("comment"),
    contentSecurityPolicyElement(),
  ],
  // A module worker cannot start from a Blob of a file:// page.
  worker: { format: "iife", plugins: () => [notePackages()] },
  resolve: { alias: [{ find: /^.*\/create-worker\.ts$/, replacement: path("src/page/create-worker-inline.ts") }] },
  build: { outDir: path("dist"), emptyOutDir: false },
};

export default defineConfig(({ mode }) => (mode === "single-file" ? singleFile : folder));

/** Remembers the packages of what was bundled. */
function notePackages(): Plugin {
  return {
    name: "note-packages",
    generateBundle(_options, bundle) {
      for (const file of Object.values(bundle)) {
        for (const id of file.type === "chunk" ? file.moduleIds : []) {
          const [, folder] = /^(.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(id) ?? [];
          if (folder !== undefined) packages.add(folder);
        }
      }
    },
  };
}

/** Puts the licenses of those packages beside the page or into it: they must go where the code goes. */
function licenses(as: "file" | "comment"): Plugin {
  return {
    name: "licenses",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const text = `Inside the page, and their licenses:\n\n${[...packages].sort().map(licenseOf).join("\n\n\n")}\n`;
        if (as === "file") this.emitFile({ type: "asset", fileName: "licenses.txt", source: text });
        for (const file of as === "comment" ? Object.values(bundle) : []) {
          if (isHtml(file)) file.source = `${file.source}<!--\n${text.replaceAll("--", "- -")}\n-->\n`;
        }
      },
    },
  };
}

function licenseOf(folder: string): string {
  const { name, version, license, author } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
  const head = `${name} ${version}: ${license}`;
  const file = `${folder}/LICENSE`;
  return existsSync(file) ? `${head}\n\n${readFileSync(file, "utf8").trim()}` : `${head}, by ${author.name ?? author}`;
}

function isHtml(file: Rolldown.OutputAsset | Rolldown.OutputChunk): file is Rolldown.OutputAsset {
  return file.type === "asset" && file.fileName.endsWith(".html");
}

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
          if (!isHtml(file)) continue;
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
