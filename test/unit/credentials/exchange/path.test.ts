import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { compilePath } from '../../../../node/credentials/exchange/path.js'
import { refusalOf } from '../../../support/refusals.js'

const view = {
  type: ['VerifiableCredential', 'TestCredential'],
  issuer: 'did:web:a.example',
  credentialSubject: [{ id: 'x', organization: { name: 'Noord', 'e-mail': 'a@b' } }, { id: 'y' }],
  '@context': ['c'],
  nothing: null,
}

describe('a path', () => {
  test.each<[string, readonly unknown[]]>([
    ['$', [view]],
    ['$.issuer', ['did:web:a.example']],
    ['$.type', [view.type]],
    ['$.type[1]', ['TestCredential']],
    ['$.type[*]', view.type],
    ['$.credentialSubject[0].organization.name', ['Noord']],
    ['$.credentialSubject[*].id', ['x', 'y']],
    ["$.credentialSubject[0]['organization']['e-mail']", ['a@b']],
    ['$.credentialSubject[0].organization.e-mail', ['a@b']],
    ['$.@context[0]', ['c']],
    ['$.nothing', [null]],
    ['$.nothing.more', []],
    ['$.absent', []],
    ['$.issuer.length', []],
    ['$.issuer[0]', []],
    ['$.type.length', []],
    ['$.type[2]', []],
    ['$.credentialSubject.id', []],
    ['$[0]', []],
    ['$[*]', []],
  ])('%s finds %j', (path, found) => {
    expect(compilePath(path)(view)).toEqual(found)
  })

  test.each([
    [''],
    ['issuer'],
    ['.issuer'],
    ['$issuer'],
    ['$.'],
    ['$..issuer'],
    ['$.*'],
    ['$.type[-1]'],
    ['$.type[0:1]'],
    ['$.type[0,1]'],
    ['$.type[?(@.a)]'],
    ['$.type[10000]'],
    ['$["issuer"]'],
    ["$['issuer"],
    ["$['']"],
    ["$['a\\']"],
    ['$.a b'],
    ['$.issuer '],
    [' $.issuer'],
    ['$.issuer\n'],
    ['$.é'],
    [`$${'.a'.repeat(17)}`],
  ])('%j is refused', (path) => {
    expect(refusalOf(() => compilePath(path)).code).toBe('presentation.definition_unsupported')
  })

  test('has sixteen steps at most', () => {
    expect(compilePath(`$${'.a'.repeat(16)}`)({})).toEqual([])
  })

  test('that was refused does not trouble the next one', () => {
    refusalOf(() => compilePath('$.issuer..x'))
    expect(compilePath('$.issuer')(view)).toEqual(['did:web:a.example'])
  })

  test.each([['constructor'], ['__proto__'], ['toString'], ['hasOwnProperty'], ['length']])(
    'finds the member %s only where it is a member of its own',
    (name) => {
      const path = compilePath(`$['${name}']`)
      expect([path({}), path([]), path('x'), path(JSON.parse(`{"${name}":1}`))]).toEqual([[], [], [], [1]])
    },
  )

  test('finds something or nothing in every value, and never throws', () => {
    const names = fc.constantFrom('a', 'constructor', '__proto__', 'toString', 'length')
    const step = fc.oneof(
      names.map((name) => `['${name}']`),
      fc.nat(3).map((index) => `[${String(index)}]`),
      fc.constant('[*]'),
    )
    const value = fc.anything({
      key: names,
      withNullPrototype: true,
      withSparseArray: true,
      withMap: true,
      withBigInt: true,
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 5 }), value, (steps, anything) => {
        expect(Array.isArray(compilePath(`$${steps.join('')}`)(anything))).toBe(true)
      }),
      { numRuns: 500 },
    )
  })

  test('is compiled or refused, whatever the text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom(...`$.['a0*]"@-`), maxLength: 20 }).map((rest) => `$${rest}`),
    )
    fc.assert(
      fc.property(text, (path) => {
        try {
          compilePath(path)
        } catch (error) {
          expect(error).toMatchObject({ code: 'presentation.definition_unsupported' })
        }
      }),
      { numRuns: 500 },
    )
  })
})
