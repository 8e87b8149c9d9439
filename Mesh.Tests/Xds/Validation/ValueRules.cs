using System.Text;
using System.Text.RegularExpressions;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Kind = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Type;

namespace Mesh.Tests.Xds.Validation;

/// <summary>The rules of <c>validate.proto</c> for one value. One that is not known here is a fault, so that none is passed over.</summary>
internal static class ValueRules
{
    // HTTP's names and values of headers, as validate.proto says them.
    private const string HeaderName = "^:?[0-9a-zA-Z!#$%&'*+\\-.^_|~`]+$", HeaderValue = "^[^\\x00-\\x08\\x0A-\\x1F\\x7F]*$",
        Loose = "^[^\\x00\\x0A\\x0D]*$";

    public static bool Required(ReadMessage rule) =>
        rule.Type.Field.Any(field => field.Name == "required") && rule.Value("required") is 1.0;

    /// <summary>What a field without presence has when nothing was sent.</summary>
    public static object Default(FieldDescriptorProto field) =>
        field.Type switch { Kind.String => "", Kind.Bytes => ByteString.Empty, _ => 0.0 };

    public static IEnumerable<string> Faults(EnvoyProtos protos, FieldDescriptorProto? field, object value, ReadMessage rule)
    {
        if (rule.Type.Field.Any(one => one.Name == "ignore_empty") && rule.Value("ignore_empty") is 1.0
            && value is "" or 0.0 or ByteString { IsEmpty: true }) yield break;
        foreach (var stated in rule.Type.Field.Where(one => rule.Values(one).Count > 0))
        {
            if (!Holds(protos, field, value, stated.Name, rule.Values(stated),
                loose: rule.Type.Field.Any(one => one.Name == "strict") && rule.Value("strict") is 0.0))
                    yield return $"'{Text(value)}' breaks {rule.Type.Name}.{stated.Name} "
                        + $"{string.Join(", ", rule.Values(stated).Select(Text))}";
        }
    }

    private static bool Holds(EnvoyProtos protos, FieldDescriptorProto? field, object value, string rule, IReadOnlyList<object> limits,
        bool loose)
    {
        var limit = limits[^1];
        return (rule, value) switch
        {
            ("required" or "ignore_empty" or "strict", _) => true,
            ("const", _) => Equals(Comparable(value), Comparable(limit)),
            ("in", ReadMessage { Name: ".google.protobuf.Any" } any) => limits.Contains(any.Value("type_url")),
            ("in", _) => limits.Any(one => Equals(Comparable(one), Comparable(value))),
            ("not_in", _) => !limits.Any(one => Equals(Comparable(one), Comparable(value))),
            ("gt", _) => Number(value) > Number(limit),
            ("gte", _) => Number(value) >= Number(limit),
            ("lt", _) => Number(value) < Number(limit),
            ("lte", _) => Number(value) <= Number(limit),
            ("finite", double number) => double.IsFinite(number),
            ("defined_only", double number) => field is null || protos.Enum(field.TypeName)!.Value.Any(one => one.Number == (int)number),
            ("min_len", string text) => text.EnumerateRunes().Count() >= Number(limit),
            ("max_len", string text) => text.EnumerateRunes().Count() <= Number(limit),
            ("min_len" or "min_bytes", _) => Length(value) >= Number(limit),
            ("max_len" or "max_bytes", _) => Length(value) <= Number(limit),
            ("pattern", string text) => Regex.IsMatch(text, (string)limit, RegexOptions.CultureInvariant),
            ("prefix", string text) => text.StartsWith((string)limit, StringComparison.Ordinal),
            ("suffix", string text) => text.EndsWith((string)limit, StringComparison.Ordinal),
            // 1 is a name, 2 a value.
            ("well_known_regex", string text) =>
                Regex.IsMatch(text, loose ? Loose : Number(limit) == 1 ? HeaderName : HeaderValue, RegexOptions.CultureInvariant),
            _ => throw new NotSupportedException($"The rule '{rule}' for a {value.GetType().Name} has to be added here."),
        };
    }

    private static object Comparable(object value) => value is ReadMessage ? Number(value) : value;

    private static double Number(object value) => value switch
    {
        double number => number,
        ReadMessage { Name: ".google.protobuf.Duration" } time =>
            ((double?)time.Value("seconds") ?? 0) + (((double?)time.Value("nanos") ?? 0) / 1e9),
        _ => throw new NotSupportedException($"A {value} is not a number."),
    };

    private static int Length(object value) => value is string text ? Encoding.UTF8.GetByteCount(text) : ((ByteString)value).Length;

    private static string Text(object value) =>
        value is ReadMessage { Name: ".google.protobuf.Duration" } ? $"{Number(value)} s" : $"{value}";
}
