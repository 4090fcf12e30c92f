using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Trireme.Inference.Tests.Formats;

/// <summary>Writes small safetensors files.</summary>
internal sealed class SafetensorsBuilder
{
    private readonly JsonObject _header = [];
    private readonly List<byte> _data = [];

    public SafetensorsBuilder Add(string name, string dtype, int[] shape, ReadOnlySpan<byte> bytes)
    {
        int begin = _data.Count;
        _data.AddRange(bytes);
        _header[name] = new JsonObject
        {
            ["dtype"] = dtype,
            ["shape"] = new JsonArray([.. shape.Select(dimension => (JsonNode)dimension)]),
            ["data_offsets"] = new JsonArray(begin, _data.Count),
        };
        return this;
    }

    public SafetensorsBuilder AddSingles(string name, int[] shape, params ReadOnlySpan<float> values)
    {
        var bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++) BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), values[i]);
        return Add(name, "F32", shape, bytes);
    }

    public byte[] Build() => File(_header.ToJsonString(JsonSerializerOptions.Default), [.. _data]);

    public static byte[] File(string header, ReadOnlySpan<byte> data)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file.AsSpan(8));
        data.CopyTo(file.AsSpan(8 + json.Length));
        return file;
    }
}
