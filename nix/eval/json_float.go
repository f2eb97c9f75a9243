package eval

import (
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"strings"
)

// appendJSONFloat writes a float as the library of C++ Nix does: with the
// digits of the Grisu2 algorithm (Florian Loitsch, "Printing Floating-Point
// Numbers Quickly and Accurately with Integers", 2010). They identify the
// number, but now and then there are shorter ones, so that strconv, which finds
// the shortest, does not do.
func appendJSONFloat(out []byte, f float64) []byte {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return append(out, "null"...)
	case math.Signbit(f):
		out, f = append(out, '-'), -f
	}
	if f == 0 {
		return append(out, "0.0"...)
	}
	digits, exponent := grisu2(f)
	return placePoint(out, digits, len(digits)+exponent)
}

// placePoint writes digits with n of them before the point, in the form that is
// readable for the size of the number.
func placePoint(out []byte, digits string, n int) []byte {
	const fewest, most = -4, 15
	switch {
	case len(digits) <= n && n <= most:
		return append(append(append(out, digits...), strings.Repeat("0", n-len(digits))...), ".0"...)
	case 0 < n && n <= most:
		return append(append(append(out, digits[:n]...), '.'), digits[n:]...)
	case fewest < n && n <= 0:
		return append(append(append(out, "0."...), strings.Repeat("0", -n)...), digits...)
	}
	out = append(out, digits[0])
	if len(digits) > 1 {
		out = append(append(out, '.'), digits[1:]...)
	}
	out = append(out, 'e')
	if n < 1 {
		out = append(out, '-')
	} else {
		out = append(out, '+')
	}
	size := max(n-1, 1-n)
	if size < 10 {
		out = append(out, '0')
	}
	return strconv.AppendInt(out, int64(size), 10)
}

// scaled is a number f * 2^e.
type scaled struct {
	f uint64
	e int
}

func (x scaled) normalized() scaled {
	shift := bits.LeadingZeros64(x.f)
	return scaled{x.f << shift, x.e - shift}
}

// times multiplies, rounded to 64 bits.
func (x scaled) times(y scaled) scaled {
	high, low := bits.Mul64(x.f, y.f)
	return scaled{high + low>>63, x.e + y.e + 64}
}

// boundaries returns a number and the ends of the interval that reads as it,
// all three normalized, the ends with the same exponent.
func boundaries(f float64) (below, w, above scaled) {
	const fraction, bias = 52, 1075
	raw := math.Float64bits(f)
	e, significand := int(raw>>fraction), raw&(1<<fraction-1)
	v := scaled{significand, 1 - bias}
	if e != 0 {
		v = scaled{significand | 1<<fraction, e - bias}
	}
	above = scaled{2*v.f + 1, v.e - 1}.normalized()
	below = scaled{2*v.f - 1, v.e - 1}
	if significand == 0 && e > 1 { // the next smaller number is nearer
		below = scaled{4*v.f - 1, v.e - 2}
	}
	below = scaled{below.f << (below.e - above.e), above.e}
	return below, v.normalized(), above
}

// cachedPower returns a power of ten, out of every eighth, that brings a number
// with a binary exponent into the range digits are generated in.
func cachedPower(e int) (power scaled, decimal int) {
	const alpha, first, step = -60, -300, 8
	f := alpha - e - 1
	k := f * 78913 / (1 << 18) // log10(2)
	if f > 0 {
		k++
	}
	decimal = first + step*((-first+k+step-1)/step)
	return powerOfTen(decimal), decimal
}

// powerOfTen returns 10^k rounded to 64 bits.
func powerOfTen(k int) scaled {
	const precision = 64
	ten := big.NewInt(10)
	value := new(big.Float).SetPrec(precision).SetMode(big.ToNearestEven)
	if k >= 0 {
		value.SetInt(ten.Exp(ten, big.NewInt(int64(k)), nil))
	} else {
		value.SetRat(new(big.Rat).SetFrac(big.NewInt(1), ten.Exp(ten, big.NewInt(int64(-k)), nil)))
	}
	mantissa := new(big.Float)
	e := value.MantExp(mantissa)
	f, _ := mantissa.SetMantExp(mantissa, precision).Uint64()
	return scaled{f, e - precision}
}

// grisu2 returns digits and a decimal exponent that stand for a positive float.
func grisu2(f float64) (digits string, exponent int) {
	below, w, above := boundaries(f)
	power, decimal := cachedPower(above.e)
	w, below, above = w.times(power), below.times(power), above.times(power)
	below.f++ // the products are off by one at most: stay inside
	above.f--
	g := digitMaker{e: -above.e, delta: above.f - below.f, distance: above.f - w.f, exponent: -decimal}
	g.generate(above.f)
	return string(g.digits), g.exponent
}

// digitMaker makes digits from the largest number of the interval down, until
// what is left is inside it.
type digitMaker struct {
	digits          []byte
	exponent        int
	e               int    // bits behind the point
	delta, distance uint64 // from the upper end to the lower one, and to the number
}

func (g *digitMaker) generate(upper uint64) {
	one := uint64(1) << g.e
	whole, rest := upper>>g.e, upper&(one-1)
	unit, n := uint64(1), 1
	for whole/unit >= 10 {
		unit *= 10
		n++
	}
	for ; n > 0; unit /= 10 {
		g.digits = append(g.digits, byte('0'+whole/unit))
		whole %= unit
		n--
		if left := whole<<g.e + rest; left <= g.delta {
			g.exponent += n
			g.round(left, unit<<g.e)
			return
		}
	}
	for {
		rest *= 10
		g.delta *= 10
		g.distance *= 10
		g.exponent--
		g.digits = append(g.digits, byte('0'+rest>>g.e))
		if rest &= one - 1; rest <= g.delta {
			g.round(rest, one)
			return
		}
	}
}

// round lowers the last digit while that brings the result nearer.
func (g *digitMaker) round(rest, unit uint64) {
	for rest < g.distance && g.delta-rest >= unit &&
		(rest+unit < g.distance || g.distance-rest > rest+unit-g.distance) {
		g.digits[len(g.digits)-1]--
		rest += unit
	}
}
