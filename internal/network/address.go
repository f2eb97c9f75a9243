package network

import (
	"fmt"
	"net/netip"

	"github.com/google/nftables/expr"
)

// fromPrefix matches the sender of a packet.
func fromPrefix(text string) (statement, bool) {
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		address, err := netip.ParseAddr(text)
		if err != nil {
			return statement{}, false
		}
		prefix = netip.PrefixFrom(address, address.BitLen())
	}
	prefix = prefix.Masked()
	word, number, offset, length := "ip", byte(familyIPv4), uint32(12), uint32(4)
	if prefix.Addr().Is6() {
		word, number, offset, length = "ip6", familyIPv6, 8, 16
	}
	exprs := []expr.Any{meta(expr.MetaKeyNFPROTO), equal([]byte{number}),
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: length, Mask: netMask(prefix.Bits(), int(length)), Xor: make([]byte, length)},
		equal(prefix.Addr().AsSlice())}
	return statement{fmt.Sprintf("%s saddr %s", word, prefix), exprs}, true
}

// toOutside matches IPv4 packets to anywhere but a prefix.
func toOutside(prefix netip.Prefix) statement {
	return statement{fmt.Sprintf("ip daddr != %s", prefix), []expr.Any{
		&expr.Payload{DestRegister: register, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4},
		&expr.Bitwise{SourceRegister: register, DestRegister: register, Len: 4, Mask: netMask(prefix.Bits(), 4), Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: register, Data: prefix.Masked().Addr().AsSlice()}}}
}

func netMask(bits, length int) []byte {
	mask := make([]byte, length)
	for i := range bits {
		mask[i/8] |= 0x80 >> (i % 8)
	}
	return mask
}
