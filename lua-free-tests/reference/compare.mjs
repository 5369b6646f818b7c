// Generated documents, redacted by libpartner at many splits and by the
// reference, which must give the same bytes and refuse the same:
//
//     node compare.mjs REDACTOR COUNT SEED

import { spawnSync } from "node:child_process";

import * as documents from "./documents.mjs";
import { master, partner, path, redact } from "./redact.mjs";

const [program, count, first] = process.argv.slice(2);
const batch = 500;

const tally = { same: 0, refused: 0, redactions: 0, bytes: 0 };
let wrong = 0;


function complain(test, what, ours, theirs) {
    if (wrong++ >= 5) return;
    console.error(`document ${test.number}: ${what}\n`
        + `  rules      ${JSON.stringify(test.profile)}\n`
        + `  text       ${JSON.stringify(test.text.toString())}\n`
        + `  libpartner ${JSON.stringify(ours?.toString())}\n`
        + `  reference  ${JSON.stringify(theirs?.toString())}`);
}

function make(number) {
    documents.seed(Number(first) * 1_000_003 + number);
    const test = { number, profile: documents.profile(),
        text: documents.document() };

    test.head = JSON.stringify({ exact: test.profile.exact, seed: number,
        length: test.text.length, rules: test.profile.rules.map(
            ({ target, action }) => [target, action]) }) + "\n";

    for (const rule of test.profile.rules) {
        rule.steps = rule.target[0] === "$" ? path(rule.target) : undefined;
    }

    return test;
}

function judge(test, [verdict, redactions], text) {
    const expected = redact(test.profile, test.text);

    if (verdict !== (expected ? "good" : "refused")) {
        complain(test, verdict, text, expected?.text);

    } else if (!expected) {
        tally.refused++;

    } else if (!text.equals(expected.text)
        || Number(redactions) !== expected.redactions) {
        complain(test, `${redactions} redactions, the reference has `
            + expected.redactions, text, expected.text);

    } else {
        tally.same++;
        tally.redactions += expected.redactions;
        tally.bytes += test.text.length;
    }
}

function run(tests) {
    const { stdout, status } = spawnSync(program, [master, partner], {
        input: Buffer.concat(tests.flatMap(test => [Buffer.from(test.head),
            test.text])),
        maxBuffer: 1 << 30, stdio: ["pipe", "pipe", "inherit"] });

    if (status !== 0) throw new Error(`${program} ended with ${status}`);
    let at = 0;

    for (const test of tests) {
        const end = stdout.indexOf("\n", at);
        const head = stdout.toString("latin1", at, end).split(" ");
        at = end + 1 + Number(head[2]);
        judge(test, head, stdout.subarray(end + 1, at));
    }
}


for (let i = 0; i < Number(count); i += batch) {
    run(Array.from({ length: Math.min(batch, count - i) },
        (_, k) => make(i + k)));
}

console.log(`${count} documents: ${tally.same} the same, with `
    + `${tally.redactions} redactions in ${tally.bytes} bytes, `
    + `${tally.refused} refused by both, ${wrong} otherwise`);
process.exitCode = wrong || !tally.redactions || !tally.refused ? 1 : 0;
