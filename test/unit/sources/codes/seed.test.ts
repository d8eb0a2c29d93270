import { readFileSync } from 'node:fs'
import { expect, test } from '@jest/globals'
import { createCodeBook } from '../../../../node/sources/codes/code-book.js'
import { loadShippedCodes } from '../../../../node/sources/codes/load-codes.js'
import { packageFile } from '../../../../node/kernel/package-root.js'

const codedFields: Readonly<Record<string, string>> = {
  soortWlzindicatie: 'COD169',
  meerzorg: 'COD260',
  grondslag: 'COD736',
  zzpCode: 'COD163',
  voorkeurClient: 'COD999',
  financiering: 'COD998',
  leefeenheid: 'COD478',
  communicatieVorm: 'COD747',
}

test('the demo speaks in codes that exist', () => {
  const book = createCodeBook(loadShippedCodes())
  const unknown: string[] = []
  let seen = 0
  const text = readFileSync(packageFile('scripts', 'demo', 'seed', 'indicatieregister.json'), 'utf8')
  JSON.parse(text, (key, value: unknown) => {
    const list = codedFields[key]
    if (list === undefined || typeof value !== 'string') return value
    seen += 1
    if (book.explain(list, value) === undefined) unknown.push(`${key} ${value}`)
    return value
  })
  expect(unknown).toEqual([])
  expect(seen).toBeGreaterThan(30)
})
