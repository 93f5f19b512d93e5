const DIGIT_0 = 0x30;

/**
 * Whether a number's text is a whole number above zero. It reads the digits: `20`, `20.0` and `2e1` pass;
 * `20.00000000000000000001` does not, although JavaScript rounds it to 20.
 */
export function isPositiveInteger(quantityText: string): boolean {
  // Nearly every quantity is written like this, and needs no splitting.
  if (/^[1-9][0-9]*$/.test(quantityText)) return true;
  if (quantityText.startsWith('-')) return false;
  const [mantissa = '', exponent = '0'] = quantityText.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const digits = whole + fraction;
  let last = digits.length;
  while (last > 0 && digits.charCodeAt(last - 1) === DIGIT_0) last -= 1;
  // How many places left of the decimal point the last non-zero digit is.
  const places = whole.length + Number(exponent) - last;
  return last > 0 && places >= 0;
}
