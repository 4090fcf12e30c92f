using System.Buffers.Binary;

namespace Trireme.Training.Native;

/// <summary>
/// Lets a library built with GCC 13 run with the libstdc++ of GCC 12, as in Debian 12 and Ubuntu 22.04. The one thing such a
/// library needs from GLIBCXX_3.4.32 is std::ios_base_library_init(), which sets up the standard streams. The constructor of
/// std::ios_base::Init does the same in every version; it belongs to GLIBCXX_3.4 and, having no members, reads no object.
/// So the reference is renamed, and the version it asks for is lowered, in a copy of the library in memory.
/// </summary>
/// <remarks>Structures and constants: System V ABI, ELF-64; Linux Standard Base, symbol versioning.</remarks>
internal static class LibstdcxxCompatibility
{
    private const uint VersionNeeds = 0x6ffffffe;
    private const int SectionHeaderSize = 64;
    private const uint HashOfBaseVersion = 0x08922974;

    private static ReadOnlySpan<byte> NewerSymbol => "\0_ZSt21ios_base_library_initv\0"u8;

    private static ReadOnlySpan<byte> SameInOlder => "\0_ZNSt8ios_base4InitC1Ev\0"u8;

    private static ReadOnlySpan<byte> NewerVersion => "GLIBCXX_3.4.32\0"u8;

    private static ReadOnlySpan<byte> BaseVersion => "\0GLIBCXX_3.4\0"u8;

    /// <summary>Changes the image of an ELF library in place. False, and no change, when it does not have this need.</summary>
    public static bool Adapt(Span<byte> image)
    {
        if (image.Length < SectionHeaderSize || !image.StartsWith("\u007fELF"u8)) return false;
        try
        {
            return AdaptElf(image);
        }
        catch (Exception exception) when (exception is ArgumentOutOfRangeException or OverflowException)
        {
            // Offsets that point outside the file: it is not the library this is meant for.
            return false;
        }
    }

    private static bool AdaptElf(Span<byte> image)
    {
        if (FindSection(image, VersionNeeds) is not { } needs) return false;

        Section names = SectionAt(image, needs.Link);
        Span<byte> strings = image.Slice(names.Offset, names.Size);
        int symbol = strings.IndexOf(NewerSymbol);
        int baseVersion = strings.IndexOf(BaseVersion) + 1;
        int entry = FindVersion(image, needs.Offset, strings);
        if (symbol < 0 || baseVersion == 0 || entry < 0) return false;

        SameInOlder.CopyTo(strings[symbol..]);
        BinaryPrimitives.WriteUInt32LittleEndian(image[entry..], HashOfBaseVersion);
        BinaryPrimitives.WriteUInt32LittleEndian(image[(entry + 8)..], (uint)baseVersion);
        return true;
    }

    /// <summary>Offset of the entry (Elf64_Vernaux) for the newer version, or -1.</summary>
    private static int FindVersion(ReadOnlySpan<byte> image, int library, ReadOnlySpan<byte> strings)
    {
        while (true)
        {
            int count = BinaryPrimitives.ReadUInt16LittleEndian(image[(library + 2)..]);
            int entry = library + Read(image, library + 8);
            for (int i = 0; i < count; i++)
            {
                if (strings[Read(image, entry + 8)..].StartsWith(NewerVersion)) return entry;
                entry += Read(image, entry + 12);
            }

            int next = Read(image, library + 12);
            if (next <= 0) return -1;
            library += next;
        }
    }

    private static Section? FindSection(ReadOnlySpan<byte> image, uint type)
    {
        int count = BinaryPrimitives.ReadUInt16LittleEndian(image[60..]);
        for (int index = 0; index < count; index++)
        {
            if (SectionAt(image, index) is var section && section.Type == type) return section;
        }

        return null;
    }

    private static Section SectionAt(ReadOnlySpan<byte> image, int index)
    {
        int table = checked((int)BinaryPrimitives.ReadInt64LittleEndian(image[40..]));
        ReadOnlySpan<byte> header = image.Slice(table + (index * SectionHeaderSize), SectionHeaderSize);
        return new Section(
            BinaryPrimitives.ReadUInt32LittleEndian(header[4..]),
            checked((int)BinaryPrimitives.ReadInt64LittleEndian(header[24..])),
            checked((int)BinaryPrimitives.ReadInt64LittleEndian(header[32..])),
            Read(header, 40));
    }

    private static int Read(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt32LittleEndian(bytes[offset..]);

    private readonly record struct Section(uint Type, int Offset, int Size, int Link);
}
