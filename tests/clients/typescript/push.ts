// A partner of few lines: push the contract on standard input, look it up, fetch its picture, print what came of it.

import { text } from "node:stream/consumers";

import { createClient, createConfig } from "./generated/client/index.js";
import {
  lookUpContractsV1ContractsLookupPost as lookUp,
  pushContractsV1ContractsPost as push,
  qrPngV1ContractsCodeQrPngGet as draw,
} from "./generated/sdk.gen.js";
import type { Answer, ContractV1 } from "./generated/types.gen.js";

const [baseUrl, token] = process.argv.slice(2);
const client = createClient(createConfig({ baseUrl, auth: () => token, throwOnError: true }));
const contract: ContractV1 = JSON.parse(await text(process.stdin));

const pushed = await push({ client, body: contract, throwOnError: true });
const [record] = (pushed.data as Answer).records; // not the 202 of a large document
if (!record?.code) throw new Error(`no code: ${JSON.stringify(pushed.data)}`);
const found = await lookUp({ client, body: { business_no: [contract.business_no] }, throwOnError: true });
const picture = await draw({ client, path: { code: record.code }, throwOnError: true });
const bytes = new Uint8Array(await picture.data.arrayBuffer());

const picture64 = Buffer.from(bytes).toString("base64");
process.stdout.write(JSON.stringify({ status: record.status, code: record.code, found: found.data.records, picture64 }));
