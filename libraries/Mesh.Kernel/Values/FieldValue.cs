using System.Collections;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Mesh.Kernel.Values;

/// <summary>
/// A value in a request, as JSON or as a part of a message. A message's fields are those of its JSON form by protobuf's own mapping,
/// without the detour over text: names in JSON's spelling, in the order of their numbers, and only those that are set.
/// </summary>
internal readonly struct FieldValue
{
    private readonly JsonElement _json;
    private readonly object? _value;

    private FieldValue(JsonElement json) => (_json, Kind) = (json, json.ValueKind);

    private FieldValue(object value, JsonValueKind kind) => (_value, Kind) = (value, kind);

    /// <summary>What it is.</summary>
    public JsonValueKind Kind { get; }

    /// <summary>Whether it is true; for true and false.</summary>
    public bool IsTrue => Kind == JsonValueKind.True;

    /// <summary>How many items an array has.</summary>
    public int Count => _value is ICollection list ? list.Count : _json.GetArrayLength();

    /// <summary>As the request says it, for messages to people.</summary>
    public string Shown => _value is IFormattable number ? number.ToString(null, CultureInfo.InvariantCulture)
        : _value?.ToString() ?? _json.GetRawText();

    public static FieldValue Of(JsonElement json) => new(json);

    public static FieldValue Of(IMessage message) => new(message, JsonValueKind.Object);

    /// <summary>The fields of an object; a name that is not valid text is null.</summary>
    public IEnumerable<(string? Name, FieldValue Value)> Fields() => _value switch
    {
        IMessage message => FieldsOf(message),
        IDictionary map => EntriesOf(map),
        _ => _json.EnumerateObject().Select(property => (NameOf(property), new FieldValue(property.Value))),
    };

    /// <summary>The items of an array.</summary>
    public IEnumerable<FieldValue> Items() => _value is IList list ? list.Cast<object>().Select(Plain)
        : _json.EnumerateArray().Select(item => new FieldValue(item));

    /// <summary>The text; false where it is not valid Unicode.</summary>
    public bool TryGetText([NotNullWhen(true)] out string? text)
    {
        try
        {
            text = _value as string ?? _json.GetString();
        }
        catch (InvalidOperationException)
        {
            text = null;
        }

        return text is not null;
    }

    /// <summary>The number, where it is a whole one of 32 bits.</summary>
    public bool TryGetInt32(out int number)
    {
        number = 0;
        if (_value is null) return _json.TryGetInt32(out number);
        if (!TryGetInt64(out var wide) || wide != (int)wide) return false;
        number = (int)wide;
        return true;
    }

    /// <summary>The number, where it is a whole one of 64 bits.</summary>
    public bool TryGetInt64(out long number)
    {
        number = 0;
        switch (_value)
        {
            case null: return _json.TryGetInt64(out number);
            case int small: number = small; return true;
            case long wide: number = wide; return true;
            case uint small: number = small; return true;
            default: return false;
        }
    }

    /// <summary>The number.</summary>
    public bool TryGetDouble(out double number)
    {
        number = 0;
        if (_value is null) return _json.TryGetDouble(out number);
        number = Convert.ToDouble(_value, CultureInfo.InvariantCulture);
        return true;
    }

    private static IEnumerable<(string?, FieldValue)> FieldsOf(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.HasPresence && !field.Accessor.HasValue(message)) continue;
            if (field.Accessor.GetValue(message) is not { } value) continue;
            if (field.HasPresence || !IsDefault(field, value)) yield return (field.JsonName, Plain(value));
        }
    }

    private static IEnumerable<(string?, FieldValue)> EntriesOf(IDictionary map)
    {
        foreach (DictionaryEntry entry in map)
        {
            if (entry.Value is { } value) yield return (Convert.ToString(entry.Key, CultureInfo.InvariantCulture), Plain(value));
        }
    }

    private static FieldValue Plain(object value) => value switch
    {
        string => new(value, JsonValueKind.String),
        bool flag => new(value, flag ? JsonValueKind.True : JsonValueKind.False),
        IMessage or IDictionary => new(value, JsonValueKind.Object),
        IList => new(value, JsonValueKind.Array),
        // JSON has no number for these; protobuf writes them as texts.
        double number when !double.IsFinite(number) => new(number.ToString(CultureInfo.InvariantCulture), JsonValueKind.String),
        _ => new(value, JsonValueKind.Number),
    };

    // Without presence a default is not on the wire, so it is unset.
    private static bool IsDefault(FieldDescriptor field, object value) => value switch
    {
        ICollection { Count: 0 } or "" or false or 0 or 0L or 0u or 0d => true,
        ICollection => false,
        _ => field.FieldType == FieldType.Enum && Convert.ToInt32(value, CultureInfo.InvariantCulture) == 0,
    };

    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
