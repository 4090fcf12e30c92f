using System.Buffers;
using System.Text;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// GPT-2's spelling of bytes as printable characters, in which byte-level vocabularies are written: printable Latin-1 stands for
/// itself, the other bytes for U+0100 onwards in order.
/// </summary>
internal static class ByteAlphabet
{
    private const int CharCount = 256 + 68;

    private static readonly short[] ByteByChar = BuildBytes();
    private static readonly char[] CharByByte =
        [.. Enumerable.Range(0, 256).Select(value => (char)Array.IndexOf(ByteByChar, (short)value))];

    public static char CharOf(byte value) => CharByByte[value];

    /// <summary>Writes the character of a byte in UTF-8 and returns its length, 1 or 2.</summary>
    public static int Spell(byte value, Span<byte> spelling)
    {
        int character = CharByByte[value];
        if (character < 0x80)
        {
            spelling[0] = (byte)character;
            return 1;
        }

        spelling[1] = (byte)(0x80 | (character & 0x3F));
        spelling[0] = (byte)(0xC0 | character >> 6);
        return 2;
    }

    /// <summary>Writes the bytes that UTF-8 spells, and their number; false when it holds a character outside the alphabet.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> spelling, Span<byte> bytes, out int count)
    {
        count = 0;
        while (Rune.DecodeFromUtf8(spelling, out Rune character, out int length) == OperationStatus.Done)
        {
            int value = character.Value < CharCount ? ByteByChar[character.Value] : -1;
            if (value < 0) return false;
            bytes[count++] = (byte)value;
            spelling = spelling[length..];
        }

        return spelling.IsEmpty;
    }

    private static short[] BuildBytes()
    {
        var bytes = new short[CharCount];
        Array.Fill(bytes, (short)-1);
        int next = 256;
        for (short value = 0; value < 256; value++)
        {
            bool printable = value is >= 0x21 and <= 0x7E or >= 0xA1 and <= 0xAC or >= 0xAE;
            bytes[printable ? value : next++] = value;
        }

        return bytes;
    }
}
