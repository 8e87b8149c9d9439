using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kind = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Type;

namespace Mesh.Tests.Xds.Validation;

/// <summary>
/// Holds resources to the rules that Envoy's protos state (<c>validate.rules</c>, as protoc-gen-validate reads them) and to what they have
/// forbidden since. Each message is read with Envoy's own description of it, so that a wrong number or type of ours is a fault too.
/// </summary>
internal sealed class EnvoyRules(EnvoyProtos protos, bool forbidsDeprecated)
{
    private const int Rules = 1071, Ignored = 1072;
    private static readonly HashSet<string> Wrappers =
        [.. new[] { "Double", "Float", "Int64", "UInt64", "Int32", "UInt32", "Bool", "String",
            "Bytes" }.Select(name => $".google.protobuf.{name}Value")];

    private readonly List<string> _faults = [];

    /// <summary>The faults of a packed message, each with where it is.</summary>
    public IReadOnlyList<string> Check(string url, ByteString value, string where)
    {
        _faults.Clear();
        Unpack(url, value, where);
        return [.. _faults];
    }

    private void Unpack(string url, ByteString value, string where)
    {
        var name = $".{url[(url.LastIndexOf('/') + 1)..]}";
        if (protos.Message(name) is null) _faults.Add($"{where}: {name} is not a type of Envoy");
        else Message(ReadMessage.Of(protos, name, value.Span), where);
    }

    private void Message(ReadMessage message, string where)
    {
        foreach (var number in message.Unknown) _faults.Add($"{where}: {message.Name} has no field {number} of this type");
        if (message.Name == ".google.protobuf.Any")
        {
            Unpack((string)(message.Value("type_url") ?? ""), (ByteString)(message.Value("value") ?? ByteString.Empty), where);
            return;
        }

        if (message.Type.Options is { } options
            && (ReadMessage.Extension(options, Rules) is [1] || ReadMessage.Extension(options, Ignored) is [1])) return;
        for (var i = 0; i < message.Type.OneofDecl.Count; i++)
        {
            var required = message.Type.OneofDecl[i].Options is { } one && ReadMessage.Extension(one, Rules) is [1];
            var members = message.Type.Field.Where(field => field.HasOneofIndex && field.OneofIndex == i);
            if (required && !members.Any(field => message.Values(field).Count > 0))
                _faults.Add($"{where}: has none of {string.Join(", ", members.Select(field => field.Name))}");
        }

        foreach (var field in message.Type.Field) Field(message, field, $"{where}.{field.Name}");
    }

    private void Field(ReadMessage message, FieldDescriptorProto field, string where)
    {
        var values = message.Values(field);
        if (forbidsDeprecated && values.Count > 0 && field.Options is { Deprecated: true })
            _faults.Add($"{where}: Envoy has deprecated this field");
        var rules = field.Options is { } stated && ReadMessage.Extension(stated, Rules) is { } bytes
            ? ReadMessage.Of(protos, ".validate.FieldRules", bytes)
            : null;
        var skip = (rules?.Value("message") as ReadMessage)?.Value("skip") is 1.0;
        if (rules is not null) Check(message, field, values, rules, where);
        if (field.Type != Kind.Message || skip) return;
        for (var i = 0; i < values.Count; i++)
            Message((ReadMessage)values[i], field.Label == FieldDescriptorProto.Types.Label.Repeated ? $"{where}[{i}]" : where);
    }

    private void Check(ReadMessage message, FieldDescriptorProto field, IReadOnlyList<object> values, ReadMessage rules, string where)
    {
        // A member of a oneof is held to its rules where it is the one.
        if ((rules.Value("message") as ReadMessage)?.Value("required") is 1.0 && values.Count == 0 && !field.HasOneofIndex)
            _faults.Add($"{where}: is missing");
        foreach (var kind in rules.Type.Field.Where(one => one.Name != "message"))
        {
            if (rules.Value(kind.Name) is not ReadMessage rule) continue;
            if (kind.Name is "repeated" or "map") Count(values, rule, where);
            else if (field.Type == Kind.Message && Wrappers.Contains(field.TypeName))
                Each(field, values.Select(one => Inner((ReadMessage)one)), rule, where);
            else if (field.Type == Kind.Message && values.Count == 0)
            {
                if (ValueRules.Required(rule)) _faults.Add($"{where}: is missing");
            }
            else if (values.Count == 0 && (field.HasOneofIndex || field.Proto3Optional)) continue;
            else Each(field, values.Count == 0 ? [ValueRules.Default(field)] : values, rule, where);
        }
    }

    private void Count(IReadOnlyList<object> values, ReadMessage rule, string where)
    {
        if (values.Count == 0 && rule.Value("ignore_empty") is 1.0) return;
        var (least, most) = rule.Name == ".validate.MapRules" ? ("min_pairs", "max_pairs") : ("min_items", "max_items");
        if (rule.Value(least) is double min && values.Count < min) _faults.Add($"{where}: has {values.Count} items, and needs {min}");
        if (rule.Value(most) is double max && values.Count > max) _faults.Add($"{where}: has {values.Count} items, and may have {max}");
        if (rule.Name == ".validate.MapRules")
        {
            foreach (var entry in values.Cast<ReadMessage>())
            {
                foreach (var part in (string[])["key", "value"])
                    if (rule.Value($"{part}s") is ReadMessage inner)
                        Items(entry.Type.Field.Single(one => one.Name == part), entry.Values(part), inner, $"{where}[].{part}");
            }
        }
        else if (rule.Value("items") is ReadMessage items) Items(null, values, items, where);
    }

    private void Items(FieldDescriptorProto? field, IReadOnlyList<object> values, ReadMessage rules, string where)
    {
        foreach (var kind in rules.Type.Field.Where(one => one.Name != "message"))
        {
            if (rules.Value(kind.Name) is ReadMessage rule) Each(field, values, rule, $"{where}[]");
        }
    }

    private void Each(FieldDescriptorProto? field, IEnumerable<object> values, ReadMessage rule, string where)
    {
        foreach (var value in values)
        {
            foreach (var fault in ValueRules.Faults(protos, field, value, rule)) _faults.Add($"{where}: {fault}");
        }
    }

    private static object Inner(ReadMessage wrapper) => wrapper.Value("value") ?? ValueRules.Default(wrapper.Type.Field.Single());
}
