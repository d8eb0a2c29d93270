import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { packageFile } from '../../node/kernel/package-root.js'
import { findFaultsOfDependencies, givenOut } from '../../scripts/dependencies.js'

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { readonly packages: object }
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
  readonly dependencies: Readonly<Record<string, string>>
}

/** A lock file with one package beside the project, on which it depends. */
function lockWith(about: object): object {
  return {
    packages: {
      '': { license: 'EUPL-1.2', dependencies: { ding: '1.0.0' } },
      'node_modules/ding': { version: '1.0.0', ...about },
      'node_modules/ding/node_modules/onderdeel': { version: '1.0.0', license: 'MIT', deprecated: 'use another' },
    },
  }
}

describe('a dependency', () => {
  test.each([
    [{ license: 'MIT' }, undefined],
    [{ license: '(MIT OR GPL-3.0-only)' }, undefined],
    [{ license: 'Apache-2.0 AND MIT' }, undefined],
    [{ license: 'MPL-2.0', dev: true }, undefined],
    [{ license: 'MPL-2.0' }, /MPL-2\.0 does not go with EUPL-1\.2/],
    [{ license: 'GPL-3.0-only' }, /GPL-3\.0-only does not go/],
    [{ license: 'GPL-3.0-only', dev: true }, /GPL-3\.0-only does not go/],
    [{ license: 'MIT AND AGPL-3.0-only' }, /does not go/],
    [{ license: 'UNLICENSED' }, /is no SPDX expression/],
    [{ license: 'SEE LICENSE IN LICENSE.md' }, /is no SPDX expression/],
    [{}, /states no licence/],
    [{ license: 'MIT', deprecated: 'gone' }, /its keeper gave it up: gone/],
  ])('%j', (about, fault) => {
    const faults = findFaultsOfDependencies(lockWith(about))
    if (fault === undefined) expect(faults).toEqual([])
    else expect(faults).toEqual([expect.stringMatching(fault)])
  })
})

test('no dependency of this project stands in the way of giving it out', () => {
  expect(findFaultsOfDependencies(lock)).toEqual([])
  expect(Object.keys(lock.packages).length).toBeGreaterThan(100)
})

test('the README has a reason for every package that the node is given out with, and its major version', () => {
  const table = /### Dependencies\n([^]*)$/.exec(readFileSync('README.md', 'utf8'))?.[1] ?? ''
  const named = Array.from(table.matchAll(/^\| ([^|]+) \|/gm), ([, cell = '']) => cell).join(', ')
  const missing = Object.entries(manifest.dependencies).filter(([name, version]) => {
    const short = name.replace(/^@[^/]+\//, '')
    // 0.6 says something that 0 does not.
    const major = version.startsWith('0.') ? version.split('.').slice(0, 2).join('.') : version.split('.')[0]
    return !new RegExp(`(^|[ ,/])${short} ${String(major)}([ ,]|$)`).test(named)
  })
  expect(missing).toEqual([])
})

test('the bill of materials has every package that the node is given out with, each with its licence, and no other', () => {
  const made = spawnSync(process.execPath, [packageFile('dist', 'scripts', 'sbom.js')], { encoding: 'utf8' })
  expect([made.status, made.stderr]).toEqual([0, ''])
  const sbom = JSON.parse(made.stdout) as {
    readonly bomFormat: string
    readonly metadata: { readonly component: { readonly name: string } }
    readonly components: readonly { name: string; version: string; purl: string; licenses?: readonly object[] }[]
  }
  expect([sbom.bomFormat, sbom.metadata.component.name]).toEqual(['CycloneDX', 'bronnet'])
  const given = givenOut(lock)
  // Direct ones, and one that the tools have too.
  for (const name of Object.keys(manifest.dependencies)) expect(given.join(' ')).toContain(`${name}@`)
  expect([...new Set(sbom.components.map(({ name, version }) => `${name}@${version}`))].sort()).toEqual(
    [...new Set(given)].sort(),
  )
  expect(sbom.components.filter(({ licenses = [] }) => licenses.length === 0)).toEqual([])
}, 60_000)
