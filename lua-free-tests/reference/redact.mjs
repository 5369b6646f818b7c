// The redactor once more, as its documentation has it, to be compared with:
// it cuts a text into tokens and copies those that stay, so that no number,
// escape or white space is printed anew.

import { createHmac } from "node:crypto";

const limits = { depth: 512, number: 1024, name: 64, value: 4096, held: 1024 };

export const master = "0123456789abcdef".repeat(4);
export const partner = "p";

const subkey = createHmac("sha256", Buffer.from(master, "hex"))
    .update("redact hash 1:" + partner).digest();

const bytes = text => Buffer.byteLength(text);
const fold = name => name.replace(/[A-Z]/g, c => c.toLowerCase());


// Paths: a list of steps, each with what it takes and how deep it looks

export function path(text) {
    const steps = [];
    const step = /(\.\.?)?(?:\[(?:(\*)|(\d+)|(['"])(.*?)\4)\]|(\*)|([^.[\]*'" \t$]+))/y;

    for (step.lastIndex = 1; step.lastIndex < text.length;) {
        const [, dots, any, index, , quoted, star, name] = step.exec(text);
        steps.push({ deep: dots === "..", any: any ?? star, name: quoted ?? name,
            index: index === undefined ? undefined : Number(index) });
    }

    return steps;
}

function takes(step, key, same) {
    return step.any || (typeof key === "number" ? step.index === key
        : step.name !== undefined && step.name.length > 0
            && same(step.name) === same(key) && bytes(key) <= limits.name);
}

// Whether the steps lead along the keys to their end; `ways` are the numbers of
// steps that may be behind us, since a deep one takes keys and goes on.
function leads(steps, keys, same) {
    let ways = new Set([0]);

    for (const key of keys) {
        const before = [...ways].filter(n => n < steps.length);
        ways = new Set([
            ...before.filter(n => takes(steps[n], key, same)).map(n => n + 1),
            ...before.filter(n => steps[n].deep)]);
    }

    return ways.has(steps.length);
}

function ruleFor({ rules, exact }, keys) {
    const same = exact ? name => name : fold;
    const name = keys.at(-1);

    return rules.find(({ target, steps }) => steps && leads(steps, keys, same))
        ?? rules.find(({ target, steps }) => !steps && typeof name === "string"
            && bytes(name) <= limits.name && same(target) === same(name));
}


// Actions

const escaped = text => text.replace(/["\\]/g, "\\$&").replace(
    /[\0-\x1f]/g, c => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"));

function made(action, raw) {
    const text = raw[0] === '"' ? JSON.parse(raw).toWellFormed() : raw;
    const mask = /^mask\((\d+),(\d+)\)$/.exec(action);

    if (action === "null") return "null";
    if (action === "mask" || bytes(raw) > limits.value) return '"***"';

    if (mask && !"{[tfn".includes(raw[0])) {
        const [first, last] = mask.slice(1).map(Number);
        const characters = [...text];

        if (characters.length > 2 * (first + last)) {
            return '"' + escaped(characters.slice(0, first).join("")) + "***"
                + escaped(characters.slice(characters.length - last).join(""))
                + '"';
        }
    }

    if (action === "hash") {
        return `"h:${createHmac("sha256", subkey).update(text)
            .digest("base64url")}"`;
    }

    // what is sealed stands here as the driver opens it
    return action === "encrypt" ? `"e:${raw}"` : '"***"';
}


class Text {
    constructor(text, profile) {
        Object.assign(this, { text, profile, at: 0, out: "", redactions: 0 });
        this.drops = profile.rules.some(rule => rule.action === "drop");
    }

    // The token here, if it is one of these.
    take(pattern) {
        pattern.lastIndex = this.at;
        const found = pattern.exec(this.text);
        if (!found) return undefined;
        this.at += found[0].length;
        return found[0];
    }

    expect(pattern) {
        const token = this.take(pattern);
        if (token === undefined) throw new SyntaxError(`at ${this.at}`);
        return token;
    }

    space() { return this.take(/[ \t\r\n]*/y); }
    string() {
        return this.expect(
            /"(?:[^"\\\0-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y);
    }

    scalar() {
        if (this.text[this.at] === '"') return this.string();
        const token = this.expect(
            /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null/y);
        if (token.length > limits.number) throw new SyntaxError("number");
        return token;
    }

    // Returns what stands in the place of a value, or undefined: dropped.
    // `silent`: something else will stand there, whatever lies within.
    value(keys, depth, silent) {
        const rule = silent || keys.length === 0 ? undefined
            : ruleFor(this.profile, keys);
        const from = this.at;
        const open = this.take(/[{[]/y);
        const text = open ? this.container(open, keys, depth + 1,
            silent || rule) : this.scalar();

        if (!rule) return text;
        this.redactions++;
        return rule.action === "drop" ? undefined
            : made(rule.action, this.text.slice(from, this.at));
    }

    // What may go with a value is held, and there is a limit to that.
    hold(held, silent) {
        if (this.drops && !silent && bytes(held) > limits.held) {
            throw new SyntaxError("held");
        }
    }

    container(open, keys, depth, silent) {
        const close = open === "{" ? /\}/y : /\]/y;
        let out = open, comma = "", gap = this.space(), next;

        if (depth > limits.depth) throw new SyntaxError("depth");

        if (this.take(close)) {
            this.hold(gap, silent);
            return this.text.slice(this.at - gap.length - 2, this.at);
        }

        for (let index = 0; next !== ""; index++) {
            let before = comma + gap, key = index;

            if (open === "{") {
                const name = this.string();
                before += name + this.space() + this.expect(/:/y)
                    + this.space();
                key = JSON.parse(name).toWellFormed();
            }

            this.hold(before, silent);
            const value = this.value([...keys, key], depth, silent);
            const rest = this.space();
            next = this.take(/,/y) ?? "";

            // a comma stays where something is before it, be it dropped
            out += (value === undefined ? "" : before + value) + rest;
            comma = value === undefined && comma === "" ? "" : next;
            gap = next && this.space();
        }

        return out + this.expect(close);
    }

    whole() {
        const before = this.space();
        const value = this.value([], 0, false);
        const text = before + value + this.space();
        if (this.at !== this.text.length) throw new SyntaxError("more");
        return text;
    }
}

// {text, redactions}, or undefined where the text is refused.
export function redact(profile, buffer) {
    try {
        const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
            .decode(buffer);
        const t = new Text(text, profile);
        return { text: Buffer.from(t.whole()), redactions: t.redactions };

    } catch (error) {
        if (error instanceof SyntaxError || error instanceof TypeError
            && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
            return undefined;
        }

        throw error;
    }
}
