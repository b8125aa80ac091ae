// Divides blocks of IPv4 addresses.

/** The part with the given number of the sixteen equal parts of a block: 10.20.0.0/16, 1 → 10.20.16.0/20. */
export function sixteenth(cidr: string, part: number): string {
  const { start, bits } = read(cidr);
  return write(start + part * 2 ** (28 - bits), bits + 4);
}

/** The block of an address: 10.20.1.0/16 → 10.20.0.0/16. */
export function blockOf(cidr: string): string {
  const { start, bits } = read(cidr);
  const size = 2 ** (32 - bits);
  return write(Math.floor(start / size) * size, bits);
}

function read(cidr: string): { start: number; bits: number } {
  const [address = "", bits] = cidr.split("/");
  return {
    start: address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0),
    bits: Number(bits),
  };
}

function write(start: number, bits: number): string {
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/${bits}`;
}
