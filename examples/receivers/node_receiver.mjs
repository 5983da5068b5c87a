// A receiver of DocuRift's webhooks in Node.js, with nothing but what comes with it.
//
//     WEBHOOK_SECRET=whsec_… PORT=3000 node node_receiver.mjs
//
// Each event becomes one file in the folder `inbox`, whose name is the event's id: an event that comes twice is kept
// once, whatever process takes it. The work is done by whoever reads the inbox, after the answer has gone.

import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { link, mkdir, open, unlink } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";

const SECRET = process.env.WEBHOOK_SECRET;
const INBOX = process.env.INBOX ?? "inbox";
const PORT = Number(process.env.PORT ?? 3000);
const TOLERANCE_SECONDS = 300;
const MAX_BODY_BYTES = 1024 * 1024;

if (!SECRET) throw new Error("WEBHOOK_SECRET is not set");

async function receive(request) {
  if (request.method !== "POST" || request.url !== "/webhooks/docurift") return 404;
  const body = await bodyOf(request);
  if (body === null) return 413;
  if (!isGenuine(request.headers, body)) return 401;
  const event = JSON.parse(body).id; // this id is signed, that of the header is not
  if (!/^evt_[0-9a-z]{26}$/.test(event)) return 400; // it becomes a file's name
  await keep(event, body);
  return 204;
}

// The bytes as they came: parsing and writing again would change them.
async function bodyOf(request) {
  const pieces = [];
  let size = 0;
  for await (const piece of request) {
    size += piece.length;
    if (size > MAX_BODY_BYTES) return null;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function isGenuine(headers, body) {
  const timestamp = headers["x-docurift-timestamp"] ?? "";
  if (!/^[0-9]{1,12}$/.test(timestamp)) return false;
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > TOLERANCE_SECONDS) return false;
  const expected = createHmac("sha256", SECRET).update(`${timestamp}.`).update(body).digest();
  // While a secret is rotated, the older one signs too; either of them may be ours.
  return ["x-docurift-signature", "x-docurift-signature-previous"]
    .map((name) => headers[name] ?? "")
    .filter((text) => /^[0-9a-f]{64}$/.test(text))
    .map((text) => timingSafeEqual(Buffer.from(text, "hex"), expected))
    .includes(true);
}

// Puts the event into the inbox, whole, unless it is there.
async function keep(event, body) {
  await mkdir(INBOX, { recursive: true });
  const part = join(INBOX, `.${randomUUID()}`);
  const file = await open(part, "wx");
  try {
    await file.writeFile(body);
    await file.sync();
    await link(part, join(INBOX, `${event}.json`));
  } catch (error) {
    if (error.code !== "EEXIST") throw error; // else it came before
  } finally {
    await file.close();
    await unlink(part);
  }
}

const server = createServer(async (request, response) => {
  let status = 500;
  try {
    status = await receive(request);
  } catch (error) {
    console.error(error);
  }
  // What is left of a body that was too long is not waited for.
  if (status === 413) response.setHeader("Connection", "close");
  response.writeHead(status).end();
});
server.listen(PORT, "127.0.0.1", () => console.log(`listening at http://127.0.0.1:${server.address().port}`));
