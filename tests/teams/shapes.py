"""What an Adaptive Card 1.5 may hold in Teams: every type with every property, and what may stand in it.

From adaptivecards.io/schemas/1.5.0 and learn.microsoft.com/microsoftteams/platform/task-modules-and-cards (charts).
A rule is a word ("text", "count", …), a tuple of the words that may stand there, or "elements" and "actions".
"""

Rule = str | tuple[str, ...]
Rules = dict[str, Rule]

SPACING = ("none", "small", "default", "medium", "large", "extraLarge", "padding")
ALIGN = ("left", "center", "right")
UPRIGHT = ("top", "center", "bottom")
COLORS = ("default", "dark", "light", "accent", "good", "warning", "attention")
SIZES = ("default", "small", "medium", "large", "extraLarge")
WEIGHTS = ("default", "lighter", "bolder")
STYLES = ("default", "emphasis", "good", "attention", "warning", "accent")
COLOR_SETS = ("categorical", "sequential", "diverging")

COMMON: Rules = {
    "type": "text",
    "id": "id",
    "isVisible": "flag",
    "separator": "flag",
    "spacing": SPACING,
    "height": ("auto", "stretch"),
    "requires": "object",
    "fallback": "fallback",
}
INPUT: Rules = {"label": "said", "isRequired": "flag", "errorMessage": "said"}
_TEXT: Rules = {
    "color": COLORS,
    "fontType": ("default", "monospace"),
    "isSubtle": "flag",
    "size": SIZES,
    "weight": WEIGHTS,
}
_CHART: Rules = {"title": "text", "xAxisTitle": "text", "yAxisTitle": "text", "colorSet": COLOR_SETS, "color": "text"}
_BARS: Rules = {**_CHART, "data": "points"}
_LINES: Rules = {**_CHART, "data": "lines"}
_PIE: Rules = {"title": "text", "colorSet": COLOR_SETS, "data": "slices"}
_BOX: Rules = {
    "items": "elements",
    "style": STYLES,
    "bleed": "flag",
    "minHeight": "pixels",
    "verticalContentAlignment": UPRIGHT,
    "backgroundImage": "any",
    "selectAction": "action",
    "rtl": "flag",
}

ELEMENTS: dict[str, Rules] = {
    "TextBlock": {
        **_TEXT,
        "text": "said",
        "horizontalAlignment": ALIGN,
        "maxLines": "count",
        "wrap": "flag",
        "style": ("default", "heading", "columnHeader"),
        "labelFor": "id",
    },
    "RichTextBlock": {"inlines": "inlines", "horizontalAlignment": ALIGN, "labelFor": "id"},
    "Image": {
        "url": "picture",
        "altText": "said",
        "backgroundColor": "text",
        "horizontalAlignment": ALIGN,
        "selectAction": "action",
        "size": ("auto", "stretch", "small", "medium", "large"),
        "style": ("default", "person"),
        "width": "pixels",
        "height": "size",
        "msteams": "object",
    },
    "Container": _BOX,
    "ColumnSet": {
        "columns": "columns",
        "style": STYLES,
        "bleed": "flag",
        "minHeight": "pixels",
        "horizontalAlignment": ALIGN,
        "selectAction": "action",
    },
    "Column": {**_BOX, "width": "width"},
    "FactSet": {"facts": "facts"},
    "ImageSet": {"images": "elements", "imageSize": ("auto", "stretch", "small", "medium", "large")},
    "ActionSet": {"actions": "actions"},
    "Table": {
        "columns": "table columns",
        "rows": "rows",
        "firstRowAsHeader": "flag",
        "firstRowAsHeaders": "flag",
        "showGridLines": "flag",
        "gridStyle": STYLES,
        "horizontalCellContentAlignment": ALIGN,
        "verticalCellContentAlignment": UPRIGHT,
    },
    "Chart.HorizontalBar": {**_BARS, "displayMode": ("AbsoluteWithAxis", "AbsoluteNoAxis", "PartToWhole")},
    "Chart.VerticalBar": {**_BARS, "showBarValues": "flag"},
    "Chart.Line": _LINES,
    "Chart.VerticalBar.Grouped": {**_LINES, "stacked": "flag"},
    "Chart.Pie": _PIE,
    "Chart.Donut": _PIE,
    "Input.Text": {
        **INPUT,
        "placeholder": "text",
        "value": "text",
        "isMultiline": "flag",
        "maxLength": "count",
        "regex": "text",
        "style": ("text", "tel", "url", "email", "password"),
        "inlineAction": "action",
    },
    "Input.Number": {**INPUT, "placeholder": "text", "value": "number", "min": "number", "max": "number"},
    "Input.Date": {**INPUT, "placeholder": "text", "value": "date", "min": "date", "max": "date"},
    "Input.Time": {**INPUT, "placeholder": "text", "value": "time", "min": "time", "max": "time"},
    "Input.Toggle": {**INPUT, "title": "said", "value": "text", "valueOn": "text", "valueOff": "text", "wrap": "flag"},
    "Input.ChoiceSet": {
        **INPUT,
        "choices": "choices",
        "choices.data": "query",
        "isMultiSelect": "flag",
        "style": ("compact", "expanded", "filtered"),
        "value": "text",
        "placeholder": "text",
        "wrap": "flag",
    },
}
ACTION: Rules = {
    "type": "text",
    "id": "id",
    "title": "said",
    "iconUrl": "picture",
    "style": ("default", "positive", "destructive"),
    "mode": ("primary", "secondary"),
    "tooltip": "said",
    "isEnabled": "flag",
    "requires": "object",
    "fallback": "fallback",
}
SENT: Rules = {"data": "object", "associatedInputs": ("auto", "none"), "conditionallyEnabled": "flag"}
ACTIONS: dict[str, Rules] = {
    "Action.Execute": {**SENT, "verb": "said"},
    "Action.Submit": SENT,
    "Action.OpenUrl": {"url": "page"},
    "Action.ShowCard": {"card": "card"},
    "Action.ToggleVisibility": {"targetElements": "targets"},
}
CARD: Rules = {
    "$schema": "text",
    "type": "text",
    "version": "text",
    "body": "elements",
    "actions": "actions",
    "fallbackText": "said",
    "speak": "said",
    "lang": "language",
    "rtl": "flag",
    "minHeight": "pixels",
    "verticalContentAlignment": UPRIGHT,
    "backgroundImage": "any",
    "selectAction": "action",
    "refresh": "object",
    "metadata": "object",
    "msteams": "msteams",
}
TEXT_RUN: Rules = {
    **_TEXT,
    "type": "text",
    "text": "text",
    "highlight": "flag",
    "italic": "flag",
    "strikethrough": "flag",
    "underline": "flag",
    "selectAction": "action",
}
CELL: Rules = {**_BOX, "type": "text"}
ROW: Rules = {
    "type": "text",
    "cells": "cells",
    "style": STYLES,
    "horizontalCellContentAlignment": ALIGN,
    "verticalCellContentAlignment": UPRIGHT,
}
TABLE_COLUMN: Rules = {
    "type": "text",
    "width": "width",
    "horizontalCellContentAlignment": ALIGN,
    "verticalCellContentAlignment": UPRIGHT,
}
# What has to be there.
NEEDED: dict[str, tuple[str, ...]] = {
    "TextBlock": ("text",),
    "RichTextBlock": ("inlines",),
    "Image": ("url", "altText"),
    "Container": ("items",),
    "ColumnSet": ("columns",),
    "Column": ("items",),
    "FactSet": ("facts",),
    "ImageSet": ("images",),
    "ActionSet": ("actions",),
    "Table": ("columns", "rows"),
    "Input.Text": ("id", "label"),
    "Input.Number": ("id", "label"),
    "Input.Date": ("id", "label"),
    "Input.Time": ("id", "label"),
    "Input.Toggle": ("id", "title"),
    "Input.ChoiceSet": ("id", "label", "choices"),
    "Action.Execute": ("title", "verb", "fallback"),
    "Action.Submit": ("title",),
    "Action.OpenUrl": ("title", "url"),
    "Action.ShowCard": ("title", "card"),
    "Action.ToggleVisibility": ("title", "targetElements"),
}
