using System.Text.Json;
using Google.Protobuf;

namespace Mesh.Kernel.Values;

/// <summary>
/// Reads one object of a request field by field (Flow step 1) and notes all faults: wrong types, fields that come twice, and (at
/// <see cref="End"/>) fields that nobody asked for. A field that is null counts as unset. The object comes as JSON or as a message, see
/// <see cref="FieldValue"/>: REST and gRPC are read by the same rules.
/// </summary>
public sealed class JsonFields
{
    /// <summary>Fields of one object that are looked at; no object of ours has nearly as many.</summary>
    public const int MaxFields = 256;

    private readonly List<(string Name, FieldValue Value)> _fields = [];
    private readonly string _path;
    private readonly Faults _faults;
    private readonly bool _tooMany;

    private JsonFields(FieldValue value, string path, Faults faults)
    {
        _path = path;
        _faults = faults;
        var count = 0;
        foreach (var (name, part) in value.Fields())
        {
            if (++count > MaxFields)
            {
                // One fault says it: what is wrong with each of them, or missing because it came later, would only hide it.
                _tooMany = true;
                faults.Add(path, "too-many-fields", $"There are more than {MaxFields} fields; the rest was not looked at.");
                break;
            }

            if (name is null) faults.Add(path, "not-text", "A field's name is not valid Unicode text.");
            else if (_fields.Exists(field => field.Name == name))
                faults.Add(PathOf(name), "duplicate-field", $"Field '{name}' is set twice; set it once.");
            else _fields.Add((name, part));
        }
    }

    /// <summary>The fields of <paramref name="value"/>; null, with a fault, if it is not an object.</summary>
    public static JsonFields? Of(JsonElement value, string path, Faults faults) => Of(FieldValue.Of(value), path, faults);

    /// <summary>
    /// The fields of a message, by their names in JSON; what protobuf does not tell from its default without presence is unset.
    /// </summary>
    public static JsonFields Of(IMessage message, Faults faults) => new(FieldValue.Of(message), "", faults);

    private static JsonFields? Of(FieldValue value, string path, Faults faults)
    {
        if (value.Kind == JsonValueKind.Object) return new JsonFields(value, path, faults);
        faults.Add(path, "wrong-type", $"Expected a JSON object, found {KindOf(value)}.");
        return null;
    }

    /// <summary>A text; null if unset or no text.</summary>
    public string? Text(string name) => Take(name, JsonValueKind.String, "a text") is { } value ? TextOf(value, PathOf(name)) : null;

    /// <summary>
    /// Like <see cref="Text"/>, where unset means something dangerous such as "all": an empty text, a forgotten value, is a fault.
    /// </summary>
    public string? NonEmpty(string name)
    {
        var text = Text(name);
        if (text is not "") return text;
        _faults.Add(PathOf(name), "empty", $"'{name}' is set and empty. Give it a value, or leave it out.");
        return null;
    }

    /// <summary>A whole number; null if unset or none.</summary>
    public int? Number(string name)
    {
        if (Take(name, JsonValueKind.Number, "a whole number") is not { } value) return null;
        if (value.TryGetInt32(out var number)) return number;
        _faults.Add(PathOf(name), "wrong-type", $"Expected a whole number of at most 9 digits, found {Shown(value)}.");
        return null;
    }

    /// <summary>A whole number of up to 18 digits; null if unset or none.</summary>
    public long? LongNumber(string name)
    {
        if (Take(name, JsonValueKind.Number, "a whole number") is not { } value) return null;
        if (value.TryGetInt64(out var number)) return number;
        _faults.Add(PathOf(name), "wrong-type", $"Expected a whole number, found {Shown(value)}.");
        return null;
    }

    /// <summary>True or false; null if unset or neither.</summary>
    public bool? Flag(string name)
    {
        if (Take(name) is not { } value) return null;
        if (value.Kind is JsonValueKind.True or JsonValueKind.False) return value.IsTrue;
        _faults.Add(PathOf(name), "wrong-type", $"Expected true or false, found {KindOf(value)}.");
        return null;
    }

    /// <summary>An object; null if unset or none.</summary>
    public JsonFields? Object(string name) =>
        Take(name, JsonValueKind.Object, "an object") is { } value ? new JsonFields(value, PathOf(name), _faults) : null;

    /// <summary>An object whose values are texts; null if unset or no object. A value that is not a text is a fault and left out.</summary>
    public List<KeyValuePair<string, string>>? Texts(string name)
    {
        if (Object(name) is not { } map) return null;
        var texts = new List<KeyValuePair<string, string>>(map._fields.Count);
        foreach (var (key, value) in map._fields)
        {
            if (value.Kind != JsonValueKind.String) _faults.Add(map.PathOf(key), "wrong-type", $"Expected a text, found {KindOf(value)}.");
            else if (TextOf(value, map.PathOf(key)) is { } text) texts.Add(new(key, text));
        }

        return texts;
    }

    /// <summary>A number with or without decimals; null if unset or none.</summary>
    public double? Decimal(string name)
    {
        if (Take(name, JsonValueKind.Number, "a number") is not { } value) return null;
        if (value.TryGetDouble(out var number) && double.IsFinite(number)) return number;
        _faults.Add(PathOf(name), "wrong-type", $"Expected a number, found {Shown(value)}.");
        return null;
    }

    /// <summary>
    /// A list of objects; null if unset or no list. An item that is not an object is a fault and left out, and so is what is over
    /// <paramref name="most"/>.
    /// </summary>
    public List<JsonFields>? Objects(string name, int most)
    {
        if (List(name, most) is not { } items) return null;
        var objects = new List<JsonFields>(items.Count);
        foreach (var (item, path) in items)
        {
            if (Of(item, path, _faults) is { } fields) objects.Add(fields);
        }

        return objects;
    }

    /// <summary>
    /// A list of texts with their paths; null if unset or no list. An item that is not a text is a fault and left out, and so is what is
    /// over <paramref name="most"/>.
    /// </summary>
    public List<(string Text, string Path)>? TextList(string name, int most)
    {
        if (List(name, most) is not { } items) return null;
        var texts = new List<(string, string)>(items.Count);
        foreach (var (item, path) in items)
        {
            if (item.Kind != JsonValueKind.String) _faults.Add(path, "wrong-type", $"Expected a text, found {KindOf(item)}.");
            else if (TextOf(item, path) is { } text) texts.Add((text, path));
        }

        return texts;
    }

    /// <summary>
    /// A list of whole numbers with their paths; null if unset or no list. An item that is none is a fault and left out, and so is what is
    /// over <paramref name="most"/>.
    /// </summary>
    public List<(int Number, string Path)>? Numbers(string name, int most)
    {
        if (List(name, most) is not { } items) return null;
        var numbers = new List<(int, string)>(items.Count);
        foreach (var (item, path) in items)
        {
            if (item.Kind != JsonValueKind.Number) _faults.Add(path, "wrong-type", $"Expected a whole number, found {KindOf(item)}.");
            else if (item.TryGetInt32(out var number)) numbers.Add((number, path));
            else _faults.Add(path, "wrong-type", $"Expected a whole number of at most 9 digits, found {Shown(item)}.");
        }

        return numbers;
    }

    /// <summary>Where this object stands in the request; empty for the request itself.</summary>
    public string Path => _path;

    /// <summary>Where the field stands: its JSON path in the request.</summary>
    public string PathTo(string name) => PathOf(name);

    /// <summary>Leaves fields out that are looked at elsewhere.</summary>
    public void Skip(params ReadOnlySpan<string> names)
    {
        foreach (var name in names) Take(name);
    }

    /// <summary>Notes every field that was not asked for.</summary>
    public void End()
    {
        if (_tooMany) return;
        foreach (var (name, _) in _fields) _faults.Add(PathOf(name), "unknown-field", $"There is no field '{Shortened(name)}' here.");
    }

    private List<(FieldValue Item, string Path)>? List(string name, int most)
    {
        if (Take(name, JsonValueKind.Array, "an array") is not { } value) return null;
        var count = value.Count;
        if (count > most) _faults.Add(PathOf(name), "too-many", $"There are {count}; at most {most} are allowed.");
        return [.. value.Items().Take(most).Select((item, index) => (item, $"{PathOf(name)}[{index}]"))];
    }

    private FieldValue? Take(string name)
    {
        var index = _fields.FindIndex(field => field.Name == name);
        if (index < 0) return null;
        var value = _fields[index].Value;
        _fields.RemoveAt(index);
        return value.Kind == JsonValueKind.Null ? null : value;
    }

    private FieldValue? Take(string name, JsonValueKind kind, string expected)
    {
        if (Take(name) is not { } value) return null;
        if (value.Kind == kind) return value;
        _faults.Add(PathOf(name), "wrong-type", $"Expected {expected}, found {KindOf(value)}.");
        return null;
    }

    private string? TextOf(FieldValue value, string path)
    {
        if (value.TryGetText(out var text)) return text;
        _faults.Add(path, "not-text", "The text has half a surrogate pair or bytes that are not UTF-8.");
        return null;
    }

    private string PathOf(string name) => _path.Length == 0 ? Shortened(name) : $"{_path}.{Shortened(name)}";

    private static string Shortened(string text) => text.Length <= 100 ? text : text[..100] + "…";

    private static string Shown(FieldValue value) => Shortened(value.Shown);

    private static string KindOf(FieldValue value) => value.Kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        _ => "null",
    };
}
