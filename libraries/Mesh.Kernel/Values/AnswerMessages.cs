using System.Collections;
using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Mesh.Kernel.Values;

/// <summary>
/// Answers as messages, the inverse of how <see cref="JsonFields"/> reads messages: a property becomes the field that has its name in JSON,
/// by protobuf's own mapping and without any text in between. So what REST shows is what gRPC shows. What the message has no field for is
/// left out, and what is null is unset.
/// </summary>
public static class AnswerMessages
{
    // As many as there are pairs of answers and messages: each is looked through once.
    private static readonly ConcurrentDictionary<(JsonTypeInfo, MessageDescriptor), Property[]> Known = new();

    /// <summary>Puts an answer into a message, and gives the message.</summary>
    /// <param name="message">An empty one.</param>
    /// <param name="answer">What REST answers.</param>
    /// <param name="type">Its source-generated shape.</param>
    public static TMessage Fill<TMessage, TAnswer>(TMessage message, TAnswer answer, JsonTypeInfo<TAnswer> type)
        where TMessage : IMessage<TMessage>
        where TAnswer : class
    {
        Fill(message, answer, Properties(type, message.Descriptor));
        return message;
    }

    /// <summary>The names of an answer that its message has no field for, with those of its parts.</summary>
    /// <param name="type">The answer's shape.</param>
    /// <param name="message">The message.</param>
    public static IEnumerable<string> LeftOut(JsonTypeInfo type, MessageDescriptor message)
    {
        foreach (var property in type.Properties)
        {
            if (FieldOf(message, property) is not { } field) yield return property.Name;
            else if (field is { FieldType: FieldType.Message, IsMap: false })
            {
                foreach (var part in LeftOut(ItemOf(type.Options.GetTypeInfo(property.PropertyType)), field.MessageType))
                    yield return $"{property.Name}.{part}";
            }
        }
    }

    private static void Fill(IMessage message, object answer, Property[] properties)
    {
        foreach (var property in properties)
        {
            if (property.Get(answer) is { } value) property.Put(message, value);
        }
    }

    private static Property[] Properties(JsonTypeInfo type, MessageDescriptor message) =>
        Known.GetOrAdd((type, message), static key =>
        [
            .. from property in key.Item1.Properties
               where property.Get is not null
               let field = FieldOf(key.Item2, property)
               where field is not null
               select new Property(property.Get!, field, key.Item1.Options.GetTypeInfo(property.PropertyType)),
        ]);

    private static FieldDescriptor? FieldOf(MessageDescriptor message, JsonPropertyInfo property) =>
        message.Fields.InFieldNumberOrder().FirstOrDefault(field => field.JsonName == property.Name);

    private static JsonTypeInfo ItemOf(JsonTypeInfo type) =>
        type.Kind == JsonTypeInfoKind.Enumerable ? type.Options.GetTypeInfo(type.ElementType!) : type;

    /// <summary>One property of an answer, and the field that it becomes.</summary>
    private sealed class Property(Func<object, object?> get, FieldDescriptor field, JsonTypeInfo type)
    {
        private readonly JsonTypeInfo _item = ItemOf(type);

        public object? Get(object answer) => get(answer);

        public void Put(IMessage message, object value)
        {
            if (field.IsMap)
            {
                var map = (IDictionary)field.Accessor.GetValue(message);
                foreach (var (key, text) in (IEnumerable<KeyValuePair<string, string>>)value) map[key] = text;
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                foreach (var item in (IEnumerable)value) list.Add(ValueOf(item));
            }
            else
            {
                field.Accessor.SetValue(message, ValueOf(value));
            }
        }

        private object ValueOf(object value) => (field.FieldType, value) switch
        {
            (FieldType.Message, _) => Part(value),
            (FieldType.String, string) or (FieldType.Bool, bool) or (FieldType.Int32, int) or (FieldType.Int64, long)
                or (FieldType.Double, double) => value,
            (FieldType.Int64, int small) => (long)small,
            (FieldType.Double, int or long) => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            // A time, or what else JSON has as a text.
            (FieldType.String, _) => JsonSerializer.SerializeToElement(value, _item).GetString()!,
            _ => throw new NotSupportedException($"{field.FullName} does not take a {value.GetType().Name}."),
        };

        private IMessage Part(object value)
        {
            var part = field.MessageType.Parser.ParseFrom(ByteString.Empty);
            Fill(part, value, Properties(_item, field.MessageType));
            return part;
        }
    }
}
