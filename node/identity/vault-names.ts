/**
 * A key id as a name that Vault takes: letters, digits and what `kept` matches stay, every other byte becomes `_` and two
 * hexadecimal digits. Two ids never get one name, and `idOfVaultName` gives the id back.
 */
export function vaultNameOf(keyId: string, kept: RegExp): string {
  return [...Buffer.from(keyId)]
    .map((byte) => {
      const character = String.fromCharCode(byte)
      return byte < 0x80 && (/[A-Za-z0-9]/.test(character) || kept.test(character))
        ? character
        : `_${byte.toString(16).toUpperCase().padStart(2, '0')}`
    })
    .join('')
}

/** The key id behind a name. */
export function idOfVaultName(name: string): string {
  const bytes = [...name.matchAll(/_([0-9A-F]{2})|[^]/g)].map(([character, hex]) =>
    hex === undefined ? character.charCodeAt(0) : Number.parseInt(hex, 16),
  )
  return Buffer.from(bytes).toString()
}
