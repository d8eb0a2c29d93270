import satisfies from 'spdx-satisfies'
import { z } from 'zod'

/** What a lock file says of the packages, and of the project itself under the name ''. */
const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      deprecated: z.string().optional(),
      dev: z.boolean().optional(),
      link: z.boolean().optional(),
      dependencies: z.record(z.string(), z.string()).default({}),
      devDependencies: z.record(z.string(), z.string()).default({}),
    }),
  ),
})

/**
 * Licences under which something may be given along with a program under EUPL-1.2: they ask for their text and names, and
 * nothing of the program.
 */
const givenAlong = [
  'MIT',
  'ISC',
  '0BSD',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'CC0-1.0',
  'W3C-20150513',
  'EUPL-1.2',
]
/** And of what only builds and tests, and is given to nobody. */
const usedOnly = [...givenAlong, 'MPL-2.0', 'CC-BY-3.0', 'CC-BY-4.0', 'Python-2.0', 'Unlicense']

/**
 * Packages that say their licence in a file only: what it says, as somebody read it.
 */
export const readLicences: Readonly<Record<string, string>> = {
  '@digitalbazaar/credentials-context': 'BSD-3-Clause AND W3C-20150513',
  'did-context': 'BSD-3-Clause AND W3C-20150513',
  'prelude-ls': 'MIT',
}

/**
 * Everything in a lock file that stands in the way of giving the node out: a licence that does not allow it, or that
 * nobody stated; a direct dependency that its keeper gave up. A line each; only as good as what the packages say of themselves.
 */
export function findFaultsOfDependencies(lock: unknown): readonly string[] {
  const { packages } = lockSchema.parse(lock)
  const direct = new Set(Object.keys({ ...packages['']?.dependencies, ...packages['']?.devDependencies }))
  return Object.entries(packages).flatMap(([path, { license, deprecated, dev = false, link = false }]) => {
    if (path === '' || link) return []
    const name = nameOf(path)
    const fault = faultOfLicence(readLicences[name] ?? license, dev ? usedOnly : givenAlong)
    const isDirect = path === `node_modules/${name}` && direct.has(name)
    return [
      ...(fault === undefined ? [] : [`${path.replace(/^node_modules\//, '')}: ${fault}`]),
      ...(isDirect && deprecated !== undefined ? [`${name}: its keeper gave it up: ${deprecated}`] : []),
    ]
  })
}

/** Every package that the node is given out with, as `name@version`; one that is there twice, twice. */
export function givenOut(lock: unknown): readonly string[] {
  const { packages } = lockSchema.parse(lock)
  return Object.entries(packages).flatMap(([path, { version = '', dev = false, link = false }]) =>
    path === '' || dev || link ? [] : [`${nameOf(path)}@${version}`],
  )
}

/** A `package.json` or `package-lock.json` as it would be without what only builds and tests. */
export function withoutTools(file: unknown): unknown {
  const {
    devDependencies: _tools,
    packages,
    ...rest
  } = z
    .looseObject({ packages: z.record(z.string(), z.looseObject({ dev: z.boolean().default(false) })).optional() })
    .parse(file)
  if (packages === undefined) return rest
  const kept = Object.entries(packages).filter(([, { dev }]) => !dev)
  return {
    ...rest,
    packages: Object.fromEntries(kept.map(([path, { devDependencies: _unused, ...about }]) => [path, about])),
  }
}

/** The name of a package by where it is installed. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

function faultOfLicence(licence: string | undefined, allowed: readonly string[]): string | undefined {
  if (licence === undefined) return 'states no licence: read what it comes with, and add what it says to the table'
  try {
    return satisfies(licence, allowed) ? undefined : `its licence ${licence} does not go with EUPL-1.2 here`
  } catch {
    return `its licence ${licence} is no SPDX expression: read it, and add what it says to the table`
  }
}
