/**
 * Expanded JSON-LD in which everything that names and is not absolute begins with `./`. It stays relative, so it means as
 * little as before; but the library keeps what is named as members of plain objects, and a name such as `constructor` or
 * `__proto__` would reach what all objects of the process share.
 */
export function markRelativeNames(expanded: unknown): unknown {
  if (Array.isArray(expanded)) return expanded.map(markRelativeNames)
  if (typeof expanded !== 'object' || expanded === null) return expanded
  return Object.fromEntries(
    Object.entries(expanded).map(([name, member]: [string, unknown]) => [mark(name), markMember(name, member)]),
  )
}

function markMember(name: string, member: unknown): unknown {
  // What stands in a value is a text or JSON, and names nothing.
  if (name === '@value') return member
  if (name !== '@id' && name !== '@type') return markRelativeNames(member)
  if (Array.isArray(member)) return member.map((item: unknown) => markMember(name, item))
  return typeof member === 'string' ? mark(member) : member
}

function mark(name: string): string {
  return name.includes(':') || name.startsWith('@') ? name : `./${name}`
}
