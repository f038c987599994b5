// Uploads a file with tus-js-client over a Unix socket, and prints what came of it as JSON.
//
//   node tus_upload.mjs SOCKET TOKEN USER FILE

import { createReadStream, statSync } from "node:fs";
import { DefaultHttpStack, Upload } from "tus-js-client";

const [socketPath, token, user, path] = process.argv.slice(2);
const asked = [];
let file = null;

const upload = new Upload(createReadStream(path), {
  endpoint: "http://localhost/v1/uploads",
  httpStack: new DefaultHttpStack({ socketPath }),
  headers: { Authorization: `Bearer ${token}`, "Sekisho-Act-As": user },
  metadata: { filename: "写真.jpg", filetype: "image/jpeg" },
  uploadSize: statSync(path).size,
  chunkSize: 6 * 1024 * 1024,
  retryDelays: Array(100).fill(100),
  onAfterResponse(request, response) {
    asked.push(`${request.getMethod()} ${response.getStatus()}`);
    file = response.getHeader("Sekisho-File") ?? file;
  },
  onError(error) {
    console.error(String(error));
    process.exit(1);
  },
  onSuccess() {
    console.log(JSON.stringify({ file, asked }));
  },
});
upload.start();
