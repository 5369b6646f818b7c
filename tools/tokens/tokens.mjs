#!/usr/bin/env node

// The same as main.c for partners who work with JavaScript: derives a
// partner's keys, and opens, hashes and encrypts values.  docs/tokens.md

import { createCipheriv, createDecipheriv, createHmac, randomBytes }
    from 'node:crypto';
import { readFileSync } from 'node:fs';

const NONCE = 12;
const TAG = 16;

const hmac = (key, ...data) => data
    .reduce((h, part) => h.update(part), createHmac('sha256', key))
    .digest();


// A file of keys: "ID KEY" a line, as a list in its order.
function readKeys(path) {
    return readFileSync(path, 'utf8').split('\n')
        .filter((line) => line !== '' && !line.startsWith('#'))
        .map((line, i) => {
            const found = /^([A-Za-z0-9_-]{1,16}) ([0-9a-f]{64})$/i.exec(line);

            if (!found) throw new Error(`${path}: key ${i + 1} is none`);
            return { id: found[1], key: Buffer.from(found[2], 'hex') };
        });
}


export function derive(master, partner) {
    return [
        { id: 'hash', key: hmac(master[0].key, 'redact hash 1:', partner) },
        ...master.map(({ id, key }) =>
            ({ id, key: hmac(key, 'redact encrypt 1:', partner) })),
    ];
}


export function hash(keys, value) {
    return `h:${hmac(keys[0].key, value).toString('base64url')}`;
}


export function encrypt(keys, value) {
    const { id, key } = keys.at(-1);
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);

    cipher.setAAD(Buffer.from(`e:${id}:`));

    const sealed = [nonce, cipher.update(value), cipher.final()];

    return `e:${id}:`
        + Buffer.concat([...sealed, cipher.getAuthTag()])
            .toString('base64url');
}


export function open(keys, token) {
    const [, id, text] = /^e:([^:]*):(.*)$/s.exec(token) ?? [];
    const found = keys.slice(1).find((key) => key.id === id);
    const sealed = Buffer.from(text ?? '', 'base64url');

    if (!found || sealed.toString('base64url') !== text
        || sealed.length < NONCE + TAG) {
        throw new Error('not for these keys');
    }

    const decipher = createDecipheriv('aes-256-gcm', found.key,
        sealed.subarray(0, NONCE));

    decipher.setAAD(Buffer.from(`e:${id}:`));
    decipher.setAuthTag(sealed.subarray(-TAG));

    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)),
        decipher.final()]);
}


function lines(verb, keys) {
    const input = readFileSync(0, 'utf8').split('\n');

    if (input.at(-1) === '') input.pop();

    input.forEach((line, i) => {
        try {
            process.stdout.write(`${verb(keys, line)}\n`);
        } catch {
            console.error(`tokens: line ${i + 1}: not for these keys`);
            process.exitCode = 1;
        }
    });
}


function main(verb, path, partner) {
    const verbs = { open, hash, encrypt };

    if (verb === 'derive' && partner) {
        for (const { id, key } of derive(readKeys(path), partner)) {
            console.log(`${id} ${key.toString('hex')}`);
        }
    } else if (Object.hasOwn(verbs, verb ?? '') && path) {
        lines(verbs[verb], readKeys(path));
    } else {
        console.error('usage: tokens.mjs derive KEYS PARTNER\n'
            + '       tokens.mjs open | hash | encrypt FILE');
        process.exitCode = 1;
    }
}

if (process.argv[1]?.endsWith('tokens.mjs')) main(...process.argv.slice(2));
