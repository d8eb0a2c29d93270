/** A child process that writes so many batches one after the other: `serial-writer.ts <place> <count>`. */
import { append, put } from '../../node/stores/contracts.js'
import { openTestStore } from './open-test-store.js'

const [place = '', count = ''] = process.argv.slice(2)
const store = await openTestStore(place)
for (let number = 0; number < Number(count); number += 1) {
  await store.write([put({ name: 'a' }, [`${number}`], 1), append(number)])
}
await store.close()
