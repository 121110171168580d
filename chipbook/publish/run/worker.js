// Python in a thread of its own. It starts when it is asked to, keeps what it has loaded in the cache of
// the browser, and runs one cell after the other in one namespace. See engine.py for what it loads.
import { ConsoleStdout, Directory, File, OpenFile, PreopenDirectory, WASI } from "./vendor/browser-wasi-shim-0.4.2/index.js";

const CACHE = `chipbook-run ${new URL(".", self.location)}`; // a host may have two books
const MOST = 1e6; // signs that a cell may print
const BEGIN = "import sys; sys.path.append('/site'); sys.dont_write_bytecode = False; "
  + "from chipbook.classroom.session import Session";
const FRESH = "session = Session()";

// Some browsers refuse a cache: in a private window, or without https.
async function cache() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

// What the host has, and without a network what was loaded last.
async function manifest(store) {
  const found = await fetch("manifest.json", { cache: "no-cache" }).catch(async (error) => {
    const kept = await store?.match("manifest.json");
    if (!kept) throw error;
    return kept;
  });
  if (!found.ok) throw new Error(`manifest.json: ${found.status}`);
  return found.json();
}

const keep = (store, name, content) => store?.put(name, new Response(content)).catch(() => {}); // no room: it runs this once

const versioned = (name, { sha256 }) => `${name}?v=${sha256.slice(0, 16)}`;

// The bytes of a packed file, checked; those that come from the network are counted by ``arrive``.
async function packed(store, name, file, arrive) {
  const { bytes, sha256 } = file;
  const address = versioned(name, file);
  const kept = await store?.match(address);
  if (kept) return kept.blob();
  const found = await fetch(address);
  if (!found.ok) throw new Error(`${name}: ${found.status}`);
  const chunks = [];
  const reader = found.body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) {
    chunks.push(next.value);
    arrive(next.value.length);
  }
  const blob = new Blob(chunks);
  // Without https a browser has no digest; what is cut or broken does not unpack.
  const digest = await crypto.subtle?.digest("SHA-256", await blob.arrayBuffer());
  const hex = digest && [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (blob.size !== bytes || (hex && hex !== sha256)) throw new Error(`${name} is not the file that the book was made with`);
  await keep(store, address, blob);
  return blob;
}

const unpacked = (blob, type) => new Response(
  blob.stream().pipeThrough(new DecompressionStream("gzip")), { headers: { "Content-Type": type } },
);

// A tar as folders in memory, below a ``root``; its files are views of it, not copies.
function unpack(root, bytes) {
  const text = new TextDecoder();
  const field = (start, length) => text.decode(bytes.subarray(start, start + length)).replace(/\0.*$/s, "");
  for (let at = 0; bytes[at];) {
    const size = Number.parseInt(field(at + 124, 12), 8);
    const parts = [field(at + 345, 155), field(at, 100)].join("/").split("/").filter(Boolean);
    const name = parts.pop();
    let folder = root;
    for (const part of parts) {
      if (!folder.has(part)) folder.set(part, new Directory(new Map()));
      folder = folder.get(part).contents;
    }
    const file = new File([]);
    file.data = bytes.subarray(at + 512, at + 512 + size);
    folder.set(name, file);
    at += 512 + Math.ceil(size / 512) * 512;
  }
}

// What Python has compiled of its sources, as a tar: the next start is spared that.
function compiledIn(folder, path) {
  return [...folder].flatMap(([name, { contents, data }]) => {
    const place = path ? `${path}/${name}` : name;
    if (contents) return compiledIn(contents, place);
    if (!path.endsWith("__pycache__")) return [];
    const head = new Uint8Array(512);
    const write = (text, at) => head.set(new TextEncoder().encode(text), at);
    write(place, 0);
    write(data.length.toString(8).padStart(11, "0"), 124);
    return [head, data, new Uint8Array(-data.length & 511)];
  });
}

let python; // the exports of the engine
let temporary; // its folder /tmp

async function start({ edition }) {
  const store = await cache();
  const about = await manifest(store);
  const { files, scripts, sources } = about;
  if (edition && !files["library.tar.pack"].sha256.startsWith(edition)) {
    throw new Error("the book has changed since this page was written: load the page anew");
  }
  const total = Object.values(files).reduce((sum, { bytes }) => sum + bytes, 0);
  let loaded = 0;
  const arrive = (bytes) => {
    loaded += bytes;
    postMessage({ kind: "progress", loaded, total });
  };
  const [engine, library] = await Promise.all(
    ["python.wasm.pack", "library.tar.pack"].map((name) => packed(store, name, files[name], arrive)),
  );
  const own = versioned("compiled.tar", files["library.tar.pack"]);
  const known = ["manifest.json", own, ...Object.keys(files).map((name) => versioned(name, files[name]))];
  // Not before all that it names is there.
  await keep(store, "manifest.json", JSON.stringify(about));
  for (const { url } of await store?.keys() ?? []) {
    if (!known.some((name) => url.endsWith(`/${name}`))) await store.delete(url);
  }
  postMessage({ kind: "unpacking" });
  const [module, bytes] = await Promise.all([
    WebAssembly.compileStreaming(unpacked(engine, "application/wasm")),
    unpacked(library, "application/x-tar").arrayBuffer(),
  ]);
  const root = new Map();
  unpack(root, new Uint8Array(bytes));
  const spared = await store?.match(own);
  if (spared) unpack(root, new Uint8Array(await spared.arrayBuffer()));
  temporary = new Map();
  root.set("tmp", new Directory(temporary));
  const said = () => {
    const text = new TextDecoder();
    return new ConsoleStdout((part) => print(text.decode(part, { stream: true })));
  };
  const environment = ["HOME=/tmp", "TMPDIR=/tmp", "PYTHONTZPATH=", "NO_COLOR=1"];
  const open = [new OpenFile(new File([])), said(), said(), new PreopenDirectory("/", root)];
  const wasi = new WASI(["/usr/local/bin/python.wasm"], environment, open, { debug: false });
  const { poll_oneoff: pause } = wasi.wasiImport;
  // The shim (0.4.2) looks for the flags of a pause four bytes before their place, and waits for ages.
  const poll = (at, ...rest) => {
    const view = new DataView(python.memory.buffer);
    view.setUint16(at + 36, view.getUint16(at + 40, true), true);
    return pause(at, ...rest);
  };
  const instance = await WebAssembly.instantiate(module, {
    wasi_snapshot_preview1: { ...wasi.wasiImport, poll_oneoff: poll }, host: { call: () => -1 },
  });
  python = instance.exports;
  wasi.initialize(instance);
  turn(BEGIN);
  turn(FRESH);
  postMessage({ kind: "ready", scripts, sources });
  if (!spared) await store?.put(own, new Response(new Blob(compiledIn(root, "")))).catch(() => {});
}

function turn(code) {
  const bytes = new TextEncoder().encode(code);
  const at = python.host_alloc(bytes.length) >>> 0;
  if (!at) throw new Error("no memory is left");
  new Uint8Array(python.memory.buffer).set(bytes, at);
  if (python.turn(at, bytes.length)) throw new Error("Python did not take the cell");
}

// What a cell prints goes to the page in larger parts, and not without end: the page has to hear a press.
let printed = "";
let told = 0;
let since = 0;

function print(text) {
  if (told > MOST) return;
  told += text.length;
  printed += told > MOST ? "\n… and more, which is not shown" : text;
  if (performance.now() - since > 100) flush();
}

function flush() {
  if (printed) postMessage({ kind: "printed", text: printed });
  printed = "";
  since = performance.now();
}

function run({ source, fresh }) {
  told = 0;
  if (fresh) turn(FRESH);
  // A text of JSON is one of Python.
  turn(`session.answer(${JSON.stringify(source)})`);
  flush();
  const outputs = JSON.parse(new TextDecoder().decode(temporary.get("outputs.json").data));
  postMessage({ kind: "done", outputs, memory: python.memory.buffer.byteLength });
}

onmessage = async ({ data }) => {
  try {
    if ("source" in data) run(data);
    else await start(data);
  } catch (error) {
    postMessage({ kind: "failed", text: error.message || String(error) });
  }
};
