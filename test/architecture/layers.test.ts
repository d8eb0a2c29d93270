import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'
import { findImports } from '../../scripts/layers/imports.js'
import { findRoomImports, findViolations, mayImportLine } from '../../scripts/layers/rooms.js'
import { readTree } from '../../scripts/layers/tree.js'

const tree = readTree('.', ['node', 'schemas', 'registry-client', 'scripts'], ['.ts'])

/** What is said about one file with this text. */
function reasonsFor(path: string, text: string): readonly string[] {
  return findViolations([{ path, text }]).map(({ reason }) => reason)
}

describe('the order of rooms', () => {
  test.each([
    ['an import', `import { decide } from '../policy/decide.js'`],
    ['a type import', `import type { Decision } from '../policy/decision.js'`],
    ['an inline type import', `import { type Decision } from '../policy/decision.js'`],
    ['a type in brackets', `export type D = import('../policy/decision.js').Decision`],
    ['an import for its effect', `import '../policy/decide.js'`],
    ['a re-export', `export { decide } from '../policy/decide.js'`],
    ['a type re-export', `export type { Decision } from '../policy/decision.js'`],
    ['a dynamic import', `const policy = await import('../policy/decide.js')`],
    ['a dynamic import of a template', 'const policy = await import(`../policy/decide.js`)'],
    ['an import assignment', `import policy = require('../policy/decide.js')`],
    ['a required module', `const policy = require('../policy/decide.js')`],
    ['a reference comment', `/// <reference path="../policy/decide.ts" />`],
  ])('refuses %s of a higher room', (_, text) => {
    expect(reasonsFor('node/stores/level.ts', text)).toEqual(['room stores may not use room policy'])
  })

  test('allows the same imports from a higher room to a lower one', () => {
    const text = `import { a } from '../stores/level.js'\nimport type { B } from '../../schemas/pack.js'`
    expect(reasonsFor('node/policy/decide.ts', text)).toEqual([])
  })

  test('allows a file of the same room, also from a folder in it', () => {
    expect(reasonsFor('node/credentials/types/table.ts', `import { a } from '../credential.js'`)).toEqual([])
  })

  test('allows packages and what Node brings', () => {
    expect(reasonsFor('node/stores/level.ts', `import a from 'classic-level'\nimport b from 'node:fs'`)).toEqual([])
  })

  test('does not look in strings and comments', () => {
    const text = `// import '../policy/decide.js'\nexport const text = "import('../policy/decide.js')"`
    expect(reasonsFor('node/stores/level.ts', text)).toEqual([])
  })

  test('names the file, the line and what is imported', () => {
    const text = `import { a } from './a.js'\n\nimport {\n  b,\n} from '../policy/b.js'\n`
    expect(findViolations([{ path: 'node/stores/level.ts', text }])).toEqual([
      {
        path: 'node/stores/level.ts',
        line: 3,
        imported: 'node/policy/b.ts',
        reason: 'room stores may not use room policy',
      },
    ])
  })

  test.each([
    ['stores', 'kernel'],
    ['audit', 'stores'],
    ['identity', 'audit'],
    ['credentials', 'identity'],
    ['policy', 'credentials'],
    ['sources', 'policy'],
    ['tokens', 'sources'],
    ['catalogue', 'tokens'],
    ['discovery', 'catalogue'],
    ['access', 'discovery'],
    ['notifications', 'access'],
    ['overview', 'notifications'],
    ['http', 'overview'],
    ['web', 'http'],
    ['cli', 'web'],
  ])('%s may use %s, not the other way round', (higher, lower) => {
    expect(reasonsFor(`node/${higher}/file.ts`, `import '../${lower}/file.js'`)).toEqual([])
    expect(reasonsFor(`node/${lower}/file.ts`, `import '../${higher}/file.js'`)).toEqual([
      `room ${lower} may not use room ${higher}`,
    ])
  })

  test('every room may use schemas, not the other way round', () => {
    expect(reasonsFor('node/kernel/file.ts', `import '../../schemas/pack.js'`)).toEqual([])
    expect(reasonsFor('schemas/pack.ts', `import '../node/kernel/file.js'`)).toEqual([
      'room schemas may not use room kernel',
    ])
  })
})

describe('the files above the rooms', () => {
  test('compose may use every room and no room may use compose', () => {
    expect(reasonsFor('node/compose.ts', `import './cli/command.js'\nimport './kernel/clock.js'`)).toEqual([])
    expect(reasonsFor('node/cli/command.ts', `import '../compose.js'`)).toEqual([
      'room cli may not use room compose.ts',
    ])
  })

  test('compose may use its parts, which use what the process holds and not compose', () => {
    expect(reasonsFor('node/compose.ts', `import './compose/tokens.js'`)).toEqual([])
    expect(reasonsFor('node/compose/tokens.ts', `import '../resources.js'\nimport '../http/door.js'`)).toEqual([])
    expect(reasonsFor('node/compose/tokens.ts', `import '../compose.js'`)).toEqual([
      'room compose may not use room compose.ts',
    ])
    expect(reasonsFor('node/cli/command.ts', `import '../compose/tokens.js'`)).toEqual([
      'room cli may not use room compose',
    ])
  })

  test('the cli may know the type of the configuration, not its value', () => {
    expect(reasonsFor('node/cli/command.ts', `import type { Configuration } from '../config.js'`)).toEqual([])
    expect(reasonsFor('node/cli/command.ts', `import { loadConfiguration } from '../config.js'`)).toEqual([
      'room cli may not use room config.ts',
    ])
  })

  test('no other room may know the type of the configuration', () => {
    expect(reasonsFor('node/web/page.ts', `import type { Configuration } from '../config.js'`)).toEqual([
      'room web may not use room config.ts',
    ])
  })

  test('main and compose may use the configuration, and it uses neither', () => {
    expect(reasonsFor('node/main.ts', `import './config.js'\nimport './compose.js'`)).toEqual([])
    expect(reasonsFor('node/compose.ts', `import type { Configuration } from './config.js'`)).toEqual([])
    expect(reasonsFor('node/config.ts', `import './compose.js'`)).toEqual([
      'room config.ts may not use room compose.ts',
    ])
  })
})

describe('the places outside the node', () => {
  test('schemas may use zod and each other, no other package', () => {
    expect(reasonsFor('schemas/wire/oauth.ts', `import { z } from 'zod'\nimport '../pack.js'`)).toEqual([])
    expect(reasonsFor('schemas/pack.ts', `import 'node:fs'`)).toEqual(['schemas may use zod only'])
  })

  test('the registry client may use schemas and not the node', () => {
    expect(reasonsFor('registry-client/client.ts', `import '../schemas/pack.js'`)).toEqual([])
    expect(reasonsFor('registry-client/client.ts', `import '../node/kernel/clock.js'`)).toEqual([
      'room registry-client may not use room kernel',
    ])
  })

  test('scripts may use the node and the node may not use scripts', () => {
    expect(reasonsFor('scripts/demo/main.ts', `import '../../node/compose.js'`)).toEqual([])
    expect(reasonsFor('node/kernel/clock.ts', `import '../../scripts/docs.js'`)).toEqual([
      'room kernel may not use room scripts',
    ])
  })

  test.each([
    ['node/kernel/clock.ts', '../../test/support/world.js', 'node may not use test/support/world.ts'],
    ['scripts/docs.ts', '../test/support/world.js', 'scripts may not use test/support/world.ts'],
    ['node/main.ts', '../../elsewhere/file.js', 'node may not use files outside the repository'],
    ['node/kernel/clock.ts', 'bronnet/dist/node/main.js', 'a file is imported by its relative path'],
    ['node/kernel/clock.ts', '/node/main.js', 'a file is imported by its relative path'],
  ])('refuses that %s imports %s', (path, specifier, reason) => {
    expect(reasonsFor(path, `import '${specifier}'`)).toEqual([reason])
  })

  test('leaves tests alone', () => {
    expect(reasonsFor('test/unit/kernel/clock.test.ts', `import '../../../node/main.js'`)).toEqual([])
  })
})

describe('rooms that are none', () => {
  test('refuses a file in an unknown folder, and an import of it', () => {
    expect(reasonsFor('node/utils/text.ts', '')).toEqual(['this folder is no room'])
    expect(reasonsFor('node/http/server.ts', `import '../utils/text.js'`)).toEqual(['node/utils/text.ts is in no room'])
  })

  test('refuses an unknown file beside main', () => {
    expect(reasonsFor('node/globals.ts', '')).toEqual(['this folder is no room'])
  })

  test('refuses index.ts, an import of it, and export *', () => {
    expect(reasonsFor('node/policy/index.ts', `export const a = 1`)).toEqual(['index.ts is a barrel'])
    expect(reasonsFor('node/policy/decide.ts', `import './conditions/index.js'`)).toEqual(['index.ts is a barrel'])
    expect(reasonsFor('node/policy/decide.ts', `export * from './rule.js'`)).toEqual(['export * makes a barrel'])
    expect(reasonsFor('node/policy/decide.ts', `export * as rule from './rule.js'`)).toEqual([
      'export * makes a barrel',
    ])
  })

  test('refuses a module whose name is computed', () => {
    expect(reasonsFor('node/policy/decide.ts', 'await import(name)')).toEqual(['a computed module cannot be checked'])
  })
})

describe('this repository', () => {
  test('keeps the order of rooms', () => {
    expect(tree.length).toBeGreaterThan(50)
    expect(findViolations(tree)).toEqual([])
  })

  test('has imports in nearly every file, so the scanner sees them', () => {
    const found = tree.flatMap(({ path, text }) => findImports(path, text))
    expect(found.length).toBeGreaterThan(tree.length)
  })

  test.each(Array.from(findRoomImports(tree)))('the README of %s says what the room imports', (room, imports) => {
    const path = `node/${room}/README.md`
    const line = existsSync(path) ? /^May import: .*$/m.exec(readFileSync(path, 'utf8'))?.[0] : 'no README'
    expect(line).toBe(mayImportLine(imports))
  })
})
