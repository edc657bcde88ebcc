// Checks the numbers that people and organizations are known by, as a city does it for itself.

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
const USCC_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY'
const USCC_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28]

/** GB 11643: 17 digits with a date of birth that exists, and the check character. */
export function isIdentityNumber(text: string): boolean {
  if (!/^[0-9]{17}[0-9X]$/.test(text)) return false
  const born = `${text.slice(6, 10)}-${text.slice(10, 12)}-${text.slice(12, 14)}`
  const moment = Date.parse(`${born}T00:00:00Z`)
  if (Number.isNaN(moment) || new Date(moment).toISOString().slice(0, 10) !== born || moment > Date.now()) return false
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(text[place]), 0)
  return '10X98765432'[sum % 11] === text[17]
}

/** GB 32100: alphabet and check character. */
export function isCreditCode(text: string): boolean {
  const places = Array.from(text, (character) => USCC_ALPHABET.indexOf(character))
  if (places.length !== 18 || places.includes(-1)) return false
  const sum = USCC_WEIGHTS.reduce((total, weight, place) => total + weight * places[place]!, 0)
  return (31 - (sum % 31)) % 31 === places[17]
}

/** Documents whose number follows GB 11643: identity card, temporary card, residence permits that carry code 111. */
const WITH_IDENTITY_NUMBER = new Set(['111', '112', '113'])

/** False only where the document's number has a check digit and it is wrong. */
export function mayBeDocument(certType: string, certNo: string): boolean {
  return !WITH_IDENTITY_NUMBER.has(certType) || isIdentityNumber(certNo.toUpperCase())
}
