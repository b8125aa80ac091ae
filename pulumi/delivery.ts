// Settings of what goes out: the lake, extracts, and how receivers get them.

import type { Settings } from "./config";
import type { Reader } from "./reader";

/** What goes out. */
export interface Delivery {
  /** Whether what has landed is published as Iceberg tables (lake.ts). */
  lake: "off" | "on";
  /** Bytes that a query may read in Athena. */
  athenaScanLimit: number;
  /** Whether there is a bucket of files for others. */
  extracts: "off" | "on";
  /** For how long nobody can delete them or, with `COMPLIANCE`, not even the account's root user. */
  extractsLock: { mode: "GOVERNANCE" | "COMPLIANCE"; days: number } | undefined;
  /** The operational database whose loans are extracted once a month. */
  loans:
    | {
        /** `postgres://USER@HOST/DATABASE` */
        from: string;
        port: number;
        /** Its security group, or a block with its addresses. */
        network: string;
        /** The secret that has the password, and the key it is encrypted with if that is one of yours. */
        secretArn: string;
        secretKmsKeyArn: string | undefined;
        /** What its tables and columns are called, as TOML. */
        map: string | undefined;
      }
    | undefined;
  /** Who gets an email when an extract is not made, if not who gets the alarms. */
  supportAddress: string | undefined;
  /** Who fetches extracts by SFTP. */
  sftp: { endpoint: "internal" | "public"; networks: string[]; receivers: Receiver[] } | undefined;
}

export interface Receiver {
  name: string;
  publicKeys: string[];
  /** The folder it sees, without a slash at its ends. */
  prefix: string;
}

/** A block of addresses, but not that of all. */
export const aBlock = /^(\d{1,3}\.){3}\d{1,3}\/([1-9]|[12]\d|3[0-2])$/;

export const anAddress = { pattern: /^[^\s@]+@[^\s@]+\.[^\s@]+$/, form: "an e-mail address" };

export const aSecret = {
  pattern: /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[\w/+=.@!-]+-[A-Za-z0-9]{6}$/,
  form: "the whole ARN of a secret, with the six letters that AWS adds to its name",
};

export const aKey = {
  pattern: /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/,
  form: "the ARN of a KMS key (not of an alias)",
};

export function delivery(reader: Reader): Delivery {
  return {
    lake: reader.choice("landfall:lake", ["off", "on"], "off"),
    athenaScanLimit: reader.whole("landfall:athenaScanLimit", {
      // What Athena takes at least.
      atLeast: 10 * 1024 ** 2,
      atMost: 1024 ** 5,
      fallback: 10 * 1024 ** 3,
    }),
    extracts: reader.choice("landfall:extracts", ["off", "on"], "off"),
    extractsLock: lock(reader),
    loans: loans(reader),
    supportAddress: reader.optional("landfall:supportAddress", anAddress),
    sftp: sftp(reader),
  };
}

function lock(reader: Reader): Delivery["extractsLock"] {
  const mode = reader.choice("landfall:extractsLock", ["none", "governance", "compliance"], "none");
  const days = reader.whole("landfall:extractsLockDays", { atLeast: 1, atMost: 36500, fallback: 365 });
  return mode === "none" ? undefined : { mode: mode === "compliance" ? "COMPLIANCE" : "GOVERNANCE", days };
}

function loans(reader: Reader): Delivery["loans"] {
  const on = reader.choice("landfall:loans", ["off", "on"], "off") === "on";
  // Each is needed once there are loans, and read in any case, or it would be none of the settings.
  const need = (key: string, form: { pattern: RegExp; form: string }) =>
    (on ? reader.text(key, form) : reader.optional(key, form)) ?? "";
  const from = need("landfall:loansFrom", {
    pattern: /^postgres(ql)?:\/\/[\w.%-]+@[A-Za-z0-9.-]+(:\d{1,5})?\/[\w.%-]+$/,
    form: "postgres://USER@HOST/DATABASE or postgres://USER@HOST:PORT/DATABASE, without a password or parameters",
  });
  const set = {
    from,
    port: Number(/:(\d+)\/[^/]*$/.exec(from)?.[1] ?? 5432),
    network: need("landfall:loansNetwork", {
      pattern: new RegExp(`^(\\d{12}/)?sg-[0-9a-f]{8,17}$|${aBlock.source}`),
      form: "the id of a security group, with its account and a slash before it if that is another one, or an IPv4 block",
    }),
    secretArn: need("landfall:loansSecretArn", aSecret),
    secretKmsKeyArn: reader.optional("landfall:loansSecretKmsKeyArn", aKey),
    map: reader.optional("landfall:loansMap", {
      // A task definition has 64 KiB for everything. Its content, as nothing puts a file into a container.
      pattern: /^(?=[^]*=)[^]{1,8192}$/,
      form: "the content of a mapping file, of 8 KiB at most",
    }),
  };
  return on ? set : undefined;
}

function sftp(reader: Reader): Delivery["sftp"] {
  const on = reader.choice("landfall:sftp", ["off", "on"], "off") === "on";
  const set = {
    endpoint: reader.choice("landfall:sftpEndpoint", ["internal", "public"], "internal"),
    networks: reader.list("landfall:sftpNetworks", {
      pattern: aBlock,
      form: 'up to fifty IPv4 blocks, such as ["192.0.2.0/24"]',
      atLeast: 0,
      atMost: 50,
      fallback: [],
    }),
    receivers: reader.objects("landfall:sftpReceivers", {
      take: receiver,
      form: 'a list such as [{"name": "first-bank", "publicKeys": ["ssh-ed25519 AAAA…"], "prefix": "loans/BankName=First"}], with other names for each, one to ten keys, and folders of the bucket',
    }),
  };
  const names = set.receivers.map(({ name }) => name);
  if (new Set(names).size < names.length) {
    reader.refuse("landfall:sftpReceivers has a name twice");
  }
  return on ? set : undefined;
}

const aPublicKey = /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(256|384|521)) [A-Za-z0-9+/]{40,}={0,2}( [^\n]*)?$/;
// Without what IAM takes for a wildcard or a variable.
const aFolder = /^(?!.*(^|\/)\.\.?(\/|$))[\w =.,+%@()!'~&-]+(\/[\w =.,+%@()!'~&-]+)*$/;

function receiver({ name, publicKeys, prefix, ...others }: Record<string, unknown>): Receiver | undefined {
  const fits =
    typeof name === "string" &&
    /^[a-z][a-z0-9-]{2,31}$/.test(name) &&
    Array.isArray(publicKeys) &&
    publicKeys.length >= 1 &&
    publicKeys.length <= 10 &&
    publicKeys.every((key): key is string => typeof key === "string" && aPublicKey.test(key)) &&
    new Set(publicKeys.map((key) => key.split(" ")[1])).size === publicKeys.length &&
    typeof prefix === "string" &&
    aFolder.test(prefix) &&
    Object.keys(others).length === 0;
  return fits ? { name, publicKeys, prefix } : undefined;
}

/** What is wrong with settings that are each right by themselves. */
export function undeliverable({ extracts, extractsLock, loans, sftp, supportAddress }: Settings): string[] {
  const problems: [wrong: boolean, problem: string][] = [
    ...(["loans", "sftp"] as const).map((setting): [boolean, string] => [
      { loans, sftp }[setting] !== undefined && extracts === "off",
      `landfall:${setting} is on: set landfall:extracts to on, which makes the bucket`,
    ]),
    [
      extractsLock !== undefined && extracts === "off",
      "landfall:extractsLock is set: set landfall:extracts to on, which makes the bucket",
    ],
    [
      supportAddress !== undefined && loans === undefined,
      "landfall:supportAddress is set: nothing is sent there while landfall:loans is off",
    ],
    [
      sftp?.receivers.length === 0,
      "landfall:sftp is on: set landfall:sftpReceivers, as a server without receivers costs as much",
    ],
    [
      sftp?.networks.length === 0,
      "landfall:sftp is on: set landfall:sftpNetworks, as nobody could connect otherwise",
    ],
  ];
  return problems.filter(([wrong]) => wrong).map(([, problem]) => problem);
}
