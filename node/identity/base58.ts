const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/** Base58btc, without the `z` of multibase. @see multibase, draft-msporny-base58 */
export function encodeBase58(bytes: Buffer): string {
  let value = bytes.length === 0 ? 0n : BigInt(`0x${bytes.toString('hex')}`)
  let digits = ''
  for (; value > 0n; value /= 58n) digits = `${alphabet.charAt(Number(value % 58n))}${digits}`
  const firstOther = bytes.findIndex((byte) => byte !== 0)
  return '1'.repeat(firstOther < 0 ? bytes.length : firstOther) + digits
}

/** The bytes, or `undefined` for a text outside the alphabet. The caller bounds its length: the work grows with its square. */
export function decodeBase58(text: string): Buffer | undefined {
  let value = 0n
  for (const digit of text) {
    const index = alphabet.indexOf(digit)
    if (index < 0) return undefined
    value = value * 58n + BigInt(index)
  }
  const hex = value.toString(16)
  const body = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const zeros = text.length - text.replace(/^1+/, '').length
  return Buffer.concat([Buffer.alloc(zeros), value === 0n ? Buffer.alloc(0) : body])
}
