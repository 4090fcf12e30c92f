using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Open addressing over numbered entries that lie elsewhere. A slot of four bytes holds an entry's number and, in the bits that numbers
/// leave, a part of its hash, so that a search seldom reads an entry in vain. Hashes are drawn anew in every process: what is looked
/// up is the inner loop of encoding, and a crafted file cannot make it collide.
/// </summary>
internal readonly struct SlotTable
{
    private static readonly ulong Multiplier = (ulong)Random.Shared.NextInt64() << 1 | 1;
    private static readonly ulong Seed = (ulong)Random.Shared.NextInt64();

    // Zero where a slot is empty, so numbers are kept one higher.
    private readonly uint[] _slots;
    private readonly uint _numberMask;

    /// <param name="countMax">Most entries; at least half of the slots stay empty, which keeps searches short.</param>
    /// <param name="numberMax">Highest number of an entry.</param>
    public SlotTable(int countMax, int numberMax)
    {
        _slots = new uint[BitOperations.RoundUpToPowerOf2((uint)Math.Max(countMax, 4) * 2)];
        _numberMask = BitOperations.RoundUpToPowerOf2((uint)numberMax + 2) - 1;
    }

    public static ulong HashOf(ulong key)
    {
        ulong high = Math.BigMul(key ^ Seed, Multiplier, out ulong low);
        return high ^ low;
    }

    public static ulong HashOf(ReadOnlySpan<byte> key)
    {
        ulong hash = (ulong)key.Length;
        for (; key.Length >= sizeof(ulong); key = key[sizeof(ulong)..]) hash = HashOf(hash ^ BinaryPrimitives.ReadUInt64LittleEndian(key));
        ulong rest = 0;
        foreach (byte value in key) rest = rest << 8 | value;
        return HashOf(hash ^ rest);
    }

    public Search Find(ulong hash) => new(_slots, hash, _numberMask);

    /// <summary>Puts an entry where a search has ended, at an empty slot or at the entry that it replaces.</summary>
    public void Set(Search search, int number) => _slots[search.Slot] = search.Tag | (uint)(number + 1);

    /// <summary>Goes over the entries whose hash may be the wanted one.</summary>
    internal ref struct Search
    {
        private readonly ReadOnlySpan<uint> _slots;
        private readonly uint _numberMask;
        private uint _slot;

        public Search(ReadOnlySpan<uint> slots, ulong hash, uint numberMask)
        {
            _slots = slots;
            _numberMask = numberMask;
            Tag = (uint)hash & ~numberMask;
            // The high half of the hash; the tag is of the low one.
            _slot = (uint)(hash >> 32) - 1;
        }

        public uint Tag { get; }

        /// <summary>Where the search has come to.</summary>
        public readonly int Slot => (int)_slot & (_slots.Length - 1);

        /// <summary>The entry's number.</summary>
        public int Number { get; private set; }

        /// <summary>Moves on to the next entry that may be the wanted one; false at the empty slot where it would belong.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public bool MoveNext()
        {
            while (true)
            {
                _slot++;
                uint slot = _slots[Slot];
                if (slot == 0) return false;
                if ((slot & ~_numberMask) != Tag) continue;
                Number = (int)(slot & _numberMask) - 1;
                return true;
            }
        }
    }
}
