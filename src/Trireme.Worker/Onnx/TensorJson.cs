using System.Numerics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Trireme.Contracts.Serialization;

namespace Trireme.Worker.Onnx;

/// <summary>Reads and writes the elements of a tensor as JSON.</summary>
internal static class TensorJson
{
    /// <summary>Reads one element; false when it is not one of the type.</summary>
    private delegate bool ElementReader(ref Utf8JsonReader reader, Span<byte> element);

    /// <summary>
    /// Fills a tensor from a list, either flat or nested as deep as the shape.
    /// </summary>
    /// <param name="json">The list.</param>
    /// <param name="spec">Name, type and shape of the tensor.</param>
    /// <param name="count">Elements the shape asks for; the list must have as many.</param>
    /// <param name="field">Path of the list, for errors.</param>
    /// <exception cref="MalformedRequestException">The list does not fit.</exception>
    public static Tensor Read(ReadOnlySpan<byte> json, Tensor spec, int count, string field)
    {
        if (json[0] != (byte)'[') throw new MalformedRequestException(field, "must be a list.");
        // Each element takes two bytes at least, so that no memory is reserved by a shape alone.
        if (count > (json.Length + 1) / 2)
        {
            throw new MalformedRequestException(field, $"has too few values: the shape [{string.Join(", ", spec.Shape)}] wants {count}.");
        }

        var texts = new string[spec.Type == InferDatatype.Bytes ? count : 0];
        var data = new byte[count * spec.Type.SizeOf()];
        var reader = new Utf8JsonReader(json);
        reader.Read();
        var filler = new Filler(spec, data, texts, count, field);
        filler.Fill(ref reader);
        return new Tensor { Name = spec.Name, Type = spec.Type, Shape = spec.Shape, Data = data, Texts = texts };
    }

    /// <summary>The first element JSON has no number for, as text; null when there is none.</summary>
    public static string? FindUnwritable(Tensor tensor)
    {
        ReadOnlySpan<byte> data = tensor.Data;
        return tensor.Type switch
        {
            InferDatatype.Fp16 => Find(MemoryMarshal.Cast<byte, Half>(data)),
            InferDatatype.Fp32 => Find(MemoryMarshal.Cast<byte, float>(data)),
            InferDatatype.Fp64 => Find(MemoryMarshal.Cast<byte, double>(data)),
            _ => null,
        };

        static string? Find<T>(ReadOnlySpan<T> values)
            where T : System.Numerics.INumberBase<T>
        {
            foreach (T value in values)
            {
                if (!T.IsFinite(value)) return value.ToString();
            }

            return null;
        }
    }

    /// <summary>Writes the elements as one flat list; all of them must be finite.</summary>
    public static void Write(Utf8JsonWriter json, Tensor tensor)
    {
        json.WriteStartArray("data"u8);
        ReadOnlySpan<byte> data = tensor.Data;
        switch (tensor.Type)
        {
            case InferDatatype.Bool:
                foreach (byte value in data) json.WriteBooleanValue(value != 0);
                break;
            case InferDatatype.UInt8:
                foreach (byte value in data) json.WriteNumberValue(value);
                break;
            case InferDatatype.UInt16:
                foreach (ushort value in MemoryMarshal.Cast<byte, ushort>(data)) json.WriteNumberValue(value);
                break;
            case InferDatatype.UInt32:
                foreach (uint value in MemoryMarshal.Cast<byte, uint>(data)) json.WriteNumberValue(value);
                break;
            case InferDatatype.UInt64:
                foreach (ulong value in MemoryMarshal.Cast<byte, ulong>(data)) json.WriteNumberValue(value);
                break;
            case InferDatatype.Int8:
                foreach (byte value in data) json.WriteNumberValue((sbyte)value);
                break;
            case InferDatatype.Int16:
                foreach (short value in MemoryMarshal.Cast<byte, short>(data)) json.WriteNumberValue(value);
                break;
            case InferDatatype.Int32:
                foreach (int value in MemoryMarshal.Cast<byte, int>(data)) json.WriteNumberValue(value);
                break;
            case InferDatatype.Int64:
                foreach (long value in MemoryMarshal.Cast<byte, long>(data)) json.WriteNumberValue(value);
                break;
            case InferDatatype.Fp16:
                foreach (Half value in MemoryMarshal.Cast<byte, Half>(data)) json.WriteNumberValue((float)value);
                break;
            case InferDatatype.Fp32:
                foreach (float value in MemoryMarshal.Cast<byte, float>(data)) json.WriteNumberValue(value);
                break;
            case InferDatatype.Fp64:
                foreach (double value in MemoryMarshal.Cast<byte, double>(data)) json.WriteNumberValue(value);
                break;
            default:
                foreach (string text in tensor.Texts) json.WriteStringValue(text);
                break;
        }

        json.WriteEndArray();
    }

    private static ElementReader ReaderOf(InferDatatype type) => type switch
    {
        InferDatatype.Bool => static (ref reader, element) =>
        {
            element[0] = reader.TokenType == JsonTokenType.True ? (byte)1 : (byte)0;
            return reader.TokenType is JsonTokenType.True or JsonTokenType.False;
        },
        InferDatatype.UInt8 => Whole<byte>,
        InferDatatype.UInt16 => Whole<ushort>,
        InferDatatype.UInt32 => Whole<uint>,
        InferDatatype.UInt64 => Whole<ulong>,
        InferDatatype.Int8 => Whole<sbyte>,
        InferDatatype.Int16 => Whole<short>,
        InferDatatype.Int32 => Whole<int>,
        InferDatatype.Int64 => Whole<long>,
        InferDatatype.Fp16 => static (ref reader, element) =>
        {
            bool isNumber = reader.TryGetSingle(out float value);
            MemoryMarshal.AsRef<Half>(element) = (Half)value;
            return isNumber && Half.IsFinite((Half)value);
        },
        InferDatatype.Fp32 => static (ref reader, element) =>
            reader.TryGetSingle(out MemoryMarshal.AsRef<float>(element)) && float.IsFinite(MemoryMarshal.AsRef<float>(element)),
        _ => static (ref reader, element) =>
            reader.TryGetDouble(out MemoryMarshal.AsRef<double>(element)) && double.IsFinite(MemoryMarshal.AsRef<double>(element)),
    };

    /// <summary>Reads a whole number, however it is written, into an element of a type.</summary>
    private static bool Whole<T>(ref Utf8JsonReader reader, Span<byte> element)
        where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        bool isLong = reader.TryGetInt64(out long number);
        Int128 whole = number;
        if (!isLong && !JsonIntegers.TryRead(ref reader, out whole)) return false;
        if (whole < Int128.CreateTruncating(T.MinValue) || whole > Int128.CreateTruncating(T.MaxValue)) return false;
        MemoryMarshal.AsRef<T>(element) = T.CreateTruncating(whole);
        return true;
    }

    /// <summary>Fills one tensor.</summary>
    private sealed class Filler(Tensor spec, byte[] data, string[] texts, int count, string field)
    {
        private readonly ElementReader _read = ReaderOf(spec.Type);
        private readonly int _size = spec.Type.SizeOf();
        private int _filled;

        private string Shape => $"[{string.Join(", ", spec.Shape)}]";

        /// <summary>Reads the list the reader stands at the start of.</summary>
        public void Fill(ref Utf8JsonReader reader)
        {
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartArray && spec.Shape.Length > 1)
            {
                FillLevel(ref reader, level: 0);
            }
            else
            {
                for (; reader.TokenType != JsonTokenType.EndArray; reader.Read()) FillElement(ref reader);
            }

            if (_filled < count)
            {
                throw new MalformedRequestException(field, $"has {_filled} values; the shape {Shape} wants {count}.");
            }
        }

        /// <summary>Reads from the first element of a list to its end.</summary>
        private void FillLevel(ref Utf8JsonReader reader, int level)
        {
            bool isInnermost = level == spec.Shape.Length - 1;
            long length = 0;
            for (; reader.TokenType != JsonTokenType.EndArray; reader.Read(), length++)
            {
                if (isInnermost)
                {
                    FillElement(ref reader);
                    continue;
                }

                if (reader.TokenType != JsonTokenType.StartArray)
                {
                    throw new MalformedRequestException(field, $"must be one flat list, or lists nested as the shape {Shape}.");
                }

                reader.Read();
                FillLevel(ref reader, level + 1);
            }

            if (length == spec.Shape[level]) return;
            throw new MalformedRequestException(
                field, $"has a list of {length} at depth {level + 1}, where the shape {Shape} wants {spec.Shape[level]}.");
        }

        private void FillElement(ref Utf8JsonReader reader)
        {
            if (_filled == count)
            {
                throw new MalformedRequestException(field, $"has more than the {count} values the shape {Shape} wants.");
            }

            if (!TryReadElement(ref reader))
            {
                throw new MalformedRequestException(field, $"holds as value {_filled} what is no {spec.Type.NameOf()}.");
            }

            _filled++;
        }

        private bool TryReadElement(ref Utf8JsonReader reader)
        {
            if (spec.Type == InferDatatype.Bytes)
            {
                if (reader.TokenType != JsonTokenType.String) return false;
                texts[_filled] = InferBodyReader.Text(ref reader, field);
                return true;
            }

            bool mayRead = spec.Type == InferDatatype.Bool || reader.TokenType == JsonTokenType.Number;
            return mayRead && _read(ref reader, data.AsSpan(_filled * _size, _size));
        }
    }
}
