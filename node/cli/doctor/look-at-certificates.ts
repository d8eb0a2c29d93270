import { readFile } from 'node:fs/promises'
import { checkServerIdentity, endsSoonMilliseconds } from '../../http/server-tls.js'
import { toRfc3339, type Clock } from '../../kernel/clock.js'
import { attention, broken, ok, reasonOf, type Finding, type Look } from './finding.js'

const about = 'certificates'

/** The client certificates by which the parties are known elsewhere: whether they can be used, and until when. */
export const lookAtCertificates: Look = async ({ configuration: { parties }, clock }) =>
  Promise.all(
    parties.flatMap(({ subject, clientCertificate }) =>
      clientCertificate === undefined ? [] : [lookAtOne(subject, clientCertificate, clock)],
    ),
  )

async function lookAtOne(
  subject: string,
  files: { readonly certificate: string; readonly key: string },
  clock: Clock,
): Promise<Finding> {
  try {
    const [certificate, key] = await Promise.all([readFile(files.certificate, 'utf8'), readFile(files.key, 'utf8')])
    const { expiresAt } = checkServerIdentity({ certificate, key }, undefined)
    const end = toRfc3339(expiresAt)
    const left = expiresAt - clock.now()
    if (left <= 0) return broken(about, `the client certificate of ${subject} ended at ${end}`, 'renew it')
    return left < endsSoonMilliseconds
      ? attention(
          about,
          `the client certificate of ${subject} ends at ${end}`,
          'renew it; the node reads it again by itself',
        )
      : ok(about, `the client certificate of ${subject} goes with its key; ends at ${end}`)
  } catch (cause) {
    const mend = `see parties[].clientCertificate of ${subject}`
    return broken(about, `the client certificate of ${subject} cannot be used (${reasonOf(cause)})`, mend)
  }
}
