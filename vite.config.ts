/**
 * Builds the page, twice: `vite build` makes the folder dist/lab, for any static host and below any path;
 * `vite build --mode single-file` makes dist/lab.html, which has everything inside and works from file://, and
 * dist/report.html, which `pagewalk report` puts results into (alone: `--mode report`).
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build, defineConfig, type Plugin, type Rolldown, type UserConfig } from "vite";
import { viteSingleFile } from "vite-plugin-singlefile";
import { contentSecurityPolicy, policyOf } from "./src/cli/content-security-policy.ts";

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));

/** Folders of the packages that the page and its worker have code of. */
const packages = new Set<string>();

/** What reads files by their paths, which a page cannot. */
const NO_NODE_FILE = { find: /^.*\/node-file\.ts$/, replacement: path("src/page/no-node-file.ts") };

/** What options of the operating system mean, which the page has none of. */
const NO_OS = { find: /^.*\/os-config\.ts$/, replacement: path("src/page/no-os.ts") };

/** What CPUs are described by, which are all simulated by a module that the page does not have. */
const NO_CPUS = { find: /^.*\/cpus\/run\.ts$/, replacement: path("src/page/no-cpus.ts") };
/** Replacement policies that the page's kernel does not have. */
const NO_POLICIES = {
  find: /^.*\/config\/policies\.ts$|^\.\/policies\.ts$/,
  replacement: path("src/page/no-policies.ts"),
};

/** What the page's module does not have. */
const NO_KERNEL_PARTS = {
  find: /^\.\/(os-replay|own-policies|sieves|encoder|pages-encoder|pwt-encoder)\.ts$/,
  replacement: path("src/page/no-kernel-parts.ts"),
};

/** How the kernel's module is called, which for the page is a smaller one. */
const PAGE_GLUE = { find: /^.*\/wasm\/pagewalk\.js$/, replacement: path("wasm/page.js") };

/** Of a report: its own script and style, the pictures that it makes itself, and nothing else. */
const REPORT_POLICY = {
  "default-src": "'none'",
  "img-src": "blob: data:",
  "base-uri": "'none'",
  "form-action": "'none'",
};

const shared = {
  root: path("src/page"),
  base: "./",
  publicDir: false,
  logLevel: "warn",
  // Traces, which bundlers do not know.
  assetsInclude: ["**/*.lk.gz", "**/*.lk.zst"],
  // No Node in a page: what asks for its modules is then left out.
  define: { "globalThis.process": "undefined" },
  resolve: { alias: [NO_NODE_FILE, NO_OS, NO_CPUS, NO_POLICIES, NO_KERNEL_PARTS, PAGE_GLUE] },
} satisfies UserConfig;

const folder: UserConfig = {
  ...shared,
  plugins: [pageModule(), shortGlue(), notePackages(), licenses("file"), contentSecurityPolicyElement()],
  worker: { format: "es", plugins: () => [pageModule(), shortGlue(), notePackages()] },
  build: {
    outDir: path("dist/lab"),
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // In one file, which compresses better than many: what is loaded at first, whoever else needs it, too.
        codeSplitting: { groups: [{ name: "lab", tags: ["$initial"] }] },
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
    pageModule(),
    shortGlue(),
    notePackages(),
    viteSingleFile({ outputFileName: "lab.html" }),
    licenses("comment"),
    contentSecurityPolicyElement(),
    buildReport(),
  ],
  // A module worker cannot start from a Blob of a file:// page.
  worker: { format: "iife", plugins: () => [pageModule(), shortGlue(), notePackages()] },
  resolve: {
    alias: [
      ...shared.resolve.alias,
      { find: /^.*\/create-worker\.ts$/, replacement: path("src/page/create-worker-inline.ts") },
    ],
  },
  build: { outDir: path("dist"), emptyOutDir: false },
};

/** Results are inside, so that nothing simulates: no module, no worker, no traces. */
const report: UserConfig = {
  ...shared,
  root: path("src/page/report"),
  plugins: [
    notePackages(),
    viteSingleFile({ outputFileName: "report.html" }),
    licenses("comment"),
    contentSecurityPolicyElement(REPORT_POLICY),
  ],
  build: { outDir: path("dist"), emptyOutDir: false },
};

const CONFIGS: Readonly<Record<string, UserConfig>> = { "single-file": singleFile, report };

export default defineConfig(({ mode }) => CONFIGS[mode] ?? folder);

/** Builds the page of reports when this is built. */
function buildReport(): Plugin {
  return {
    name: "build-report",
    async closeBundle() {
      packages.clear();
      await build({ configFile: fileURLToPath(import.meta.url), mode: "report" });
    },
  };
}

/** Has the page load the module that was built for it. */
function pageModule(): Plugin {
  return {
    name: "page-module",
    enforce: "pre",
    transform: {
      filter: { id: /\/kernel\/load\.ts$/ },
      handler(code) {
        const own = code.replace("wasm/pagewalk.wasm", "wasm/page.wasm");
        if (own === code) this.error("the kernel's module is loaded from elsewhere than it was");
        return { code: own, map: null };
      },
    },
  };
}

/**
 * Shortens what asc makes to call the kernel by: it has a getter for each constant of the kernel's, by name, which the
 * kernel itself has, too.
 */
function shortGlue(): Plugin {
  const getter =
    /\w+: \{\s*\/\/ [^\n]*\s*valueOf\(\) \{ return this\.value; \},\s*get value\(\) \{\s*return (?:BigInt\.asUintN\(64, exports\.\w+\.value\)|exports\.\w+\.value >>> 0);\s*\}\s*\},?/g;
  // Those that are left are in the object, of other types, and win.
  const loop = `for (const [name, constant] of Object.entries(exports)) {
    if (!(constant instanceof WebAssembly.Global) || Object.hasOwn(adaptedExports, name)) continue;
    const value = typeof constant.value === "bigint" ? BigInt.asUintN(64, constant.value) : constant.value >>> 0;
    Object.defineProperty(adaptedExports, name, { value: { value, valueOf: () => value } });
  }
  return adaptedExports;`;
  return {
    name: "short-glue",
    transform: {
      filter: { id: /\/wasm\/page\.js$/ },
      handler(code) {
        const short = code.replace(getter, "").replace("return adaptedExports;", loop);
        if (!getter.test(code) || !short.includes(loop))
          this.error("asc writes the kernel's glue otherwise than it did");
        return { code: short, map: null };
      },
    },
  };
}

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

/** Writes the policy into the built page. Scripts and styles inside it are allowed by their hashes; beside them what `own` says, if given. */
function contentSecurityPolicyElement(own?: Readonly<Record<string, string>>): Plugin {
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
          const policy = own
            ? policyOf({ ...own, ...inline })
            : isSingleFile
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
