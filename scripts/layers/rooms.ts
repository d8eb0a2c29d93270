import { posix } from 'node:path'
import { type FoundImport, findImports } from './imports.js'

/** A file of the repository; the path is relative to its root, with forward slashes. */
export interface TreeFile {
  readonly path: string
  readonly text: string
}

/** One import, or one file, that breaks the order. */
export interface Violation {
  readonly path: string
  /** Counted from 1. */
  readonly line: number
  /** What is imported, as a path of the repository where it is one; `undefined` when the file itself is wrong. */
  readonly imported: string | undefined
  readonly reason: string
}

/** The rooms of `node/` and the files beside them, lowest first. A file imports its own room or what stands before it. */
const order: readonly string[] = [
  'kernel',
  'stores',
  'audit',
  'identity',
  'credentials',
  'policy',
  'sources',
  'tokens',
  'catalogue',
  'discovery',
  'access',
  'notifications',
  'overview',
  'http',
  'web',
  'cli',
  'config-contradictions.ts',
  'config.ts',
  'resources.ts',
  'compose',
  'compose.ts',
  'main.ts',
]
const rooms = order.filter((name) => !name.endsWith('.ts'))

/** Places outside `node/`: which other places each may import, and which packages when that is limited. */
const places = new Map<string, { readonly uses: readonly string[]; readonly packages?: readonly string[] }>([
  ['schemas', { uses: [], packages: ['zod'] }],
  [
    'registry-client',
    { uses: ['schemas'], packages: ['zod', 'lru-cache', 'jsonld', 'rdf-canonize', 'node:fs/promises'] },
  ],
  ['scripts', { uses: ['node', 'registry-client', 'schemas'] }],
])

/**
 * Finds every import that breaks the order of rooms, and every file that stands outside of it.
 *
 * Looks at files under `node/`, `schemas/`, `registry-client/` and `scripts/`; others are ignored. Type imports count.
 * Does not check that an imported file exists: the compiler does.
 */
export function findViolations(files: readonly TreeFile[]): readonly Violation[] {
  return files.filter(({ path }) => isLookedAt(path)).flatMap(findInFile)
}

/** Which rooms each room of `node/` imports, itself left out: the lower rooms in order, then `schemas`. */
export function findRoomImports(files: readonly TreeFile[]): ReadonlyMap<string, readonly string[]> {
  const used = new Map<string, Set<string>>()
  for (const { path, text } of files) {
    const room = roomOf(path)
    if (!isRoom(room)) continue
    const rooms = used.get(room) ?? new Set<string>()
    for (const { specifier } of findImports(path, text)) {
      if (specifier?.startsWith('.') === true) rooms.add(roomOf(resolve(path, specifier)) ?? '')
    }
    used.set(room, rooms)
  }
  const listed = [...rooms, 'schemas']
  return new Map(
    Array.from(used, ([room, rooms]) => [room, listed.filter((other) => other !== room && rooms.has(other))]),
  )
}

/** The line of a room's README that says what `findRoomImports` found. */
export function mayImportLine(imports: readonly string[]): string {
  return `May import: ${imports.length === 0 ? 'nothing' : imports.join(', ')}`
}

function isLookedAt(path: string): boolean {
  const top = path.split('/')[0] ?? ''
  return path.endsWith('.ts') && (top === 'node' || places.has(top))
}

function findInFile({ path, text }: TreeFile): readonly Violation[] {
  const room = roomOf(path)
  if (room === undefined) return [{ path, line: 1, imported: undefined, reason: 'this folder is no room' }]
  const violations = findImports(path, text).flatMap((found) => {
    const imported = found.specifier?.startsWith('.') === true ? resolve(path, found.specifier) : found.specifier
    const reason = refuse(path, room, found, imported)
    return reason === undefined ? [] : [{ path, line: found.line, imported, reason }]
  })
  const isBarrel = posix.basename(path) === 'index.ts'
  return isBarrel ? [{ path, line: 1, imported: undefined, reason: 'index.ts is a barrel' }, ...violations] : violations
}

/** Why `found` may not stand in `path`, or `undefined` when it may. */
function refuse(path: string, room: string, found: FoundImport, imported: string | undefined): string | undefined {
  if (imported === undefined) return 'a computed module cannot be checked'
  if (found.isStarExport) return 'export * makes a barrel'
  if (found.specifier?.startsWith('.') !== true) return refusePackage(room, imported)
  const target = roomOf(imported)
  if (target === undefined) return imported.startsWith('node/') ? `${imported} is in no room` : outside(path, imported)
  if (posix.basename(imported) === 'index.ts') return 'index.ts is a barrel'
  return mayUse(room, target, found.isTypeOnly) ? undefined : `room ${room} may not use room ${target}`
}

function outside(path: string, imported: string): string {
  return `${path.split('/')[0] ?? ''} may not use ${imported.startsWith('..') ? 'files outside the repository' : imported}`
}

function refusePackage(room: string, name: string): string | undefined {
  if (/^[/#]|^file:|^bronnet(\/|$)/.test(name)) return 'a file is imported by its relative path'
  const packages = places.get(room)?.packages
  return packages === undefined || packages.includes(name) ? undefined : `${room} may use ${packages.join(', ')} only`
}

function mayUse(from: string, to: string, isTypeOnly: boolean): boolean {
  if (from === to) return true
  const place = places.get(from)
  if (place !== undefined) return place.uses.includes(places.has(to) ? to : 'node')
  if (to === 'schemas') return true
  if (places.has(to)) return false
  // The process hands its configuration down as a value; below it only the shape may be known.
  if (to === 'config.ts' && from === 'cli') return isTypeOnly
  return order.indexOf(to) < order.indexOf(from)
}

/** The room of a path, the name of a root file, or the place outside `node/`; `undefined` when it is none of these. */
function roomOf(path: string): string | undefined {
  const [top = '', second = '', ...rest] = path.split('/')
  if (places.has(top)) return top
  if (top !== 'node') return undefined
  const isFile = rest.length === 0
  return order.find((name) => name === second && name.endsWith('.ts') === isFile)
}

function isRoom(room: string | undefined): room is string {
  return rooms.some((known) => known === room)
}

/** The path of the source behind a relative specifier. */
function resolve(path: string, specifier: string): string {
  return posix.join(posix.dirname(path), specifier).replace(/\.js$/, '.ts')
}
